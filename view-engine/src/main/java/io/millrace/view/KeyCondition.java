package io.millrace.view;

import java.util.List;

/**
 * A comparison of a column, or of a field of a struct one, with a literal.
 *
 * @param column an output column of the view, by its whole name
 * @param fields the path from it to a field; empty: the column itself
 * @param operator how to compare
 * @param literal cast to the column's type as Spark's {@code CAST} would; null is SQL NULL, which
 *     only {@link Operator#EQ} takes (as IS NULL)
 */
public record KeyCondition(String column, List<String> fields, Operator operator, String literal) {
  public KeyCondition {
    fields = List.copyOf(fields);
  }

  /** Column and fields with a dot between, as people write them. */
  public String path() {
    return fields.isEmpty() ? column : column + "." + String.join(".", fields);
  }

  /** Comparison operators; their names are what the HTTP API writes after the column's name. */
  public enum Operator {
    EQ,
    LT,
    LTE,
    GT,
    GTE
  }
}
