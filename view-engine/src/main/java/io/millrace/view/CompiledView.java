package io.millrace.view;

import io.millrace.control.model.ViewDefinition;
import java.util.List;

/**
 * One version of a view, analysed and checked. Immutable and thread-safe; made by {@link
 * io.millrace.view.compile.ViewCompiler}.
 */
public interface CompiledView {
  ViewDefinition definition();

  /** The view's own columns, in SELECT order. */
  List<Column> columns();

  /** The grouping expressions, in GROUP BY order: what a group key holds. */
  List<Column> keyColumns();

  /**
   * Whether the view has no GROUP BY: then it has one row, under the empty key, even when no record
   * has been seen.
   */
  boolean global();

  /**
   * Whether two correct computations of a column that is not exact differ by the rounding of
   * floating point alone (relative 1e-9), so that a larger difference is an error. False for
   * sketches.
   */
  boolean rounded(Column column);

  /**
   * Whether a column is what a sketch finishes to, or an element of it, whose bound {@link
   * StateComparison#edges} has: two correct computations lie between its edges. So are percentiles
   * of {@code approx_percentile}.
   */
  boolean bounded(Column column);

  /** A program for one thread. */
  ViewProgram newProgram();

  /** A comparison of states for one thread. */
  StateComparison newComparison();

  /**
   * Compiles conditions on columns that are group columns or fields of them.
   *
   * @throws io.millrace.control.error.MillraceException {@code BAD_REQUEST} naming the column:
   *     unknown, not derived from a group column alone, or the literal is not of its type
   */
  KeyFilter keyFilter(List<KeyCondition> conditions);

  /**
   * @param name column name
   * @param type Spark SQL type, as {@code DataType.sql()} writes it: {@code "DECIMAL(12,2)"}
   * @param nullable whether it can be NULL
   * @param key whether its value is a group column or a field of one, so that {@link #keyFilter}
   *     takes it
   * @param exact false where the value comes from an order-dependent sketch or from floating point,
   *     so that two correct computations may differ within a bound
   */
  record Column(String name, String type, boolean nullable, boolean key, boolean exact) {}
}
