package io.millrace.view.internal.compare;

import java.util.List;
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

  /** Whether states of the same rows differ by rounding, so that {@link #shift} does something. */
  default boolean rounds() {
    return false;
  }

  /**
   * Moves a state to an edge of what it agrees with.
   *
   * @param row of fixed width; changed
   * @param odd +1 or −1: which way its first value goes, and every second one after it
   * @param even as {@code odd}, of the others
   */
  default void shift(InternalRow row, int odd, int even) {}

  /**
   * What a sketch is at the edges of its bound, where that says what it finishes to.
   *
   * @param row as of {@link #agree}; not changed
   * @return values for the one column of the aggregate; empty if there are no such edges
   */
  default List<byte[]> sketches(InternalRow row) {
    return List.of();
  }
}
