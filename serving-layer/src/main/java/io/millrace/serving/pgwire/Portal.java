package io.millrace.serving.pgwire;

import io.millrace.serving.pgsql.PgColumn;
import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgRows;
import io.millrace.serving.pgsql.PgType;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A statement with its parameters' values, being answered: what {@code Execute} and {@code FETCH}
 * pull rows from. Its rows are opened when they are first asked about, and let go with the last.
 * Thread-confined.
 */
final class Portal implements AutoCloseable {
  /** What takes rows away. */
  interface Taker {
    /**
     * @param rows whose next row this is
     */
    void row(List<Object> values, PgRows rows) throws IOException;
  }

  private final Statement statement;
  private final Formats formats;
  private final Supplier<PgRows> opener;
  private volatile PgRows rows;
  private final boolean held;
  private boolean ended;
  private long openedAtNanos;
  private long usedAtNanos;

  /**
   * @param formats of its columns
   * @param held whether it outlives its transaction
   */
  Portal(Statement statement, Formats formats, boolean held, Supplier<PgRows> opener) {
    this.statement = statement;
    this.formats = formats;
    this.held = held;
    this.opener = opener;
  }

  Statement statement() {
    return statement;
  }

  Formats formats() {
    return formats;
  }

  /**
   * @throws PgError {@code 0A000} if what its client knows of its columns has changed
   */
  PgRows rows() {
    if (rows == null) {
      rows = opener.get();
      openedAtNanos = System.nanoTime();
      usedAtNanos = openedAtNanos;
      if (!asDescribed(rows.columns())) {
        close();
        throw PgError.of(PgError.NOT_SUPPORTED, "cached plan must not change result type")
            .hint("the view has another version now; prepare the statement again");
      }
      formats.check(rows.columns().size(), "columns");
    }
    return rows;
  }

  /** Whether the columns are those its client was told of. */
  private boolean asDescribed(List<PgColumn> columns) {
    List<PgColumn> known = statement.described().orElse(columns);
    return statement.parameters().isEmpty()
        ? known.equals(columns)
        : types(known).equals(types(columns));
  }

  private static List<PgType> types(List<PgColumn> columns) {
    return columns.stream().map(PgColumn::type).toList();
  }

  boolean held() {
    return held;
  }

  /** Whether it holds a pin. */
  boolean open() {
    return rows != null && !ended;
  }

  /** How long what it holds has been held. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - openedAtNanos);
  }

  /** How long nobody has pulled from it. */
  Duration unused() {
    return Duration.ofNanos(System.nanoTime() - usedAtNanos);
  }

  /**
   * Pulls rows.
   *
   * @param most how many
   * @return how many there were; empty if there may be more
   */
  Pulled pull(long most, Taker taker) throws IOException {
    PgRows from = rows();
    long count = 0;
    if (ended) {
      return new Pulled(0, true);
    }
    boolean done = false;
    try {
      from.begin();
      from.resume();
      while (count < most) {
        Optional<List<Object>> row = from.next();
        if (row.isEmpty()) {
          ended = true;
          break;
        }
        taker.row(row.get(), from);
        count++;
      }
      done = true;
      return new Pulled(count, ended);
    } finally {
      from.pause();
      usedAtNanos = System.nanoTime();
      if (!done || ended) {
        close();
      }
    }
  }

  /**
   * @param count how many rows
   * @param ended whether these were the last
   */
  record Pulled(long count, boolean ended) {}

  void cancel() {
    PgRows now = rows;
    if (now != null) {
      now.cancel();
    }
  }

  @Override
  public void close() {
    ended = true;
    if (rows != null) {
      rows.close();
    }
  }
}
