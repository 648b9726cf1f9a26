package io.millrace.serving.pgwire;

import io.millrace.serving.pgsql.PgError;
import java.util.List;

/**
 * Which columns a client wants binary.
 *
 * @param codes 1 for binary: one per column, one for all, or none for text
 */
record Formats(List<Integer> codes) {
  static final Formats TEXT = new Formats(List.of());

  /**
   * @throws PgError {@code 08P01}
   */
  Formats {
    codes = List.copyOf(codes);
    for (int code : codes) {
      if (code != 0 && code != 1) {
        throw PgError.of(
            PgError.PROTOCOL, "cannot use format " + code + ", expected 0 (text) or 1 (binary)");
      }
    }
  }

  boolean binary(int column) {
    return !codes.isEmpty() && codes.get(codes.size() == 1 ? 0 : column) == 1;
  }

  /**
   * @throws PgError {@code 08P01} unless there is one for each
   */
  void check(int columns, String what) {
    if (codes.size() > 1 && codes.size() != columns) {
      throw PgError.of(
          PgError.PROTOCOL,
          "cannot bind: found " + codes.size() + " formats for " + columns + " " + what);
    }
  }
}
