package io.millrace.launcher.produce.row;

/** One row of an input file. Immutable. */
public interface Row {
  /**
   * @return the text of a CSV cell as a {@link String}; of a JSON field a {@link Json.Text}, {@link
   *     Json.Number}, {@link Boolean}, {@link Json.Null}, {@link java.util.List} or {@link
   *     java.util.Map}; null where the row has none
   */
  Object value(String column);

  /** Whether the file has such a column at all; always true where it does not declare them. */
  boolean has(String column);

  /** Line number in the file at which the row begins, from 1. */
  long line();

  /** The row as it stands in the file, for the file of rejected ones. */
  String text();
}
