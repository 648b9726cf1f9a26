package io.millrace.serving.pgcatalog;

import io.millrace.serving.pgsql.PgError;

/** Counts what a question on the catalogue does, so that none takes for ever. Thread-confined. */
final class Steps {
  private static final long MOST = 20_000_000;
  private static final int MOST_ROWS = 500_000;

  private long taken;

  void step() {
    if (++taken > MOST) {
      throw PgError.of(
              PgError.LIMIT,
              "cannot answer: found a question on the catalogue of more than %d steps, expected fewer"
                  .formatted(MOST))
          .hint("join by equal columns");
    }
  }

  /** Before another row is kept. */
  void room(int rows) {
    step();
    if (rows > MOST_ROWS) {
      throw PgError.of(
              PgError.LIMIT,
              "cannot answer: found more than %d rows of the catalogue to hold, expected fewer"
                  .formatted(MOST_ROWS))
          .hint("join by equal columns");
    }
  }
}
