package io.millrace.launcher.produce;

/** One row of an input file. Valid until the next is read. */
interface Row {
  /**
   * @return the text of a CSV cell, the {@link com.fasterxml.jackson.databind.JsonNode} of a JSON
   *     field, or null where the row has none
   */
  Object value(String column);

  /** Whether the file has such a column at all; always true where it does not declare them. */
  boolean has(String column);

  /** Line number in the file, from 1. */
  long line();

  /** The row as JSON, for the file of rejected ones. */
  Object raw();
}
