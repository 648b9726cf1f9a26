package io.millrace.view.internal.compare;

import org.apache.spark.sql.catalyst.InternalRow;

/** When two states of one aggregate agree. Not thread-safe. */
interface AggregateComparison {
  /**
   * Symmetric; true if the rows are the same.
   *
   * @param a the buffer columns of all aggregates of a group
   * @param b as {@code a}
   */
  boolean agree(InternalRow a, InternalRow b);
}
