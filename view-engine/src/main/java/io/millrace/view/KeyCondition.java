package io.millrace.view;

/**
 * A comparison of a column with a literal.
 *
 * @param column an output column of the view, or a path into a struct one ({@code window.start})
 * @param operator how to compare
 * @param literal cast to the column's type as Spark's {@code CAST} would; null is SQL NULL, which
 *     only {@link Operator#EQ} takes (as IS NULL)
 */
public record KeyCondition(String column, Operator operator, String literal) {
  /** Comparison operators; their names are what the HTTP API writes after the column's name. */
  public enum Operator {
    EQ,
    LT,
    LTE,
    GT,
    GTE
  }
}
