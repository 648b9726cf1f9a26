package io.millrace.view.internal.state;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.TypedImperativeAggregate;

/**
 * The buffer object of a typed-imperative aggregate, in two halves as Spark has them in its partial
 * and its final aggregation: one that is only ever updated with rows, one that is only ever merged
 * into. Some functions cannot do both with one object (a compact sketch takes no more values), and
 * some would tell equal values apart (a struct read back from bytes is another class of row). The
 * updated half joins the merged one through its bytes, as it would in a shuffle.
 *
 * <p>Both halves are null until there is something in them. Not thread-safe.
 */
final class TypedCell {
  private static final int OVERHEAD = 64;
  private static final int BYTES_PER_UPDATE = 16;
  private static final int MOST_UPDATES = 1 << 12;

  private final TypedImperativeAggregate<Object> function;
  private Object updated;
  private Object merged;
  private int updates;
  private int mergedBytes;

  TypedCell(TypedImperativeAggregate<Object> function) {
    this.function = function;
  }

  void update(InternalRow row) {
    if (updated == null) {
      updated = function.createAggregationBuffer();
    }
    updated = function.update(updated, row);
    updates = Math.min(updates + 1, MOST_UPDATES);
  }

  /** Keeps nothing of {@code from}, which stays what it is. */
  void merge(TypedCell from) {
    byte[] bytes = from.serialize();
    if (bytes != null) {
      fold();
      add(bytes);
    }
  }

  /** Null if there is nothing in it. */
  byte[] serialize() {
    fold();
    if (merged == null) {
      return null;
    }
    byte[] bytes = bytes(merged);
    mergedBytes = bytes.length;
    return bytes;
  }

  /** Adds what {@link #serialize} gave; null adds nothing. */
  void add(byte[] bytes) {
    if (bytes == null) {
      return;
    }
    Object into = merged == null ? function.createAggregationBuffer() : merged;
    merged = function.merge(into, function.deserialize(bytes));
    mergedBytes = Math.max(mergedBytes, bytes.length);
  }

  Object evaluate() {
    fold();
    return function.eval(merged == null ? function.createAggregationBuffer() : merged);
  }

  int approximateBytes() {
    return OVERHEAD + 2 * mergedBytes + BYTES_PER_UPDATE * updates;
  }

  private void fold() {
    if (updated != null) {
      byte[] bytes = bytes(updated);
      updated = null;
      updates = 0;
      add(bytes);
    }
  }

  /** Some functions return the very array they write into again the next time. */
  private byte[] bytes(Object buffer) {
    return function.serialize(buffer).clone();
  }

  /**
   * A copy, because a function may hand out an array that it writes to again (the collecting ones
   * do, where the length fits), and what is read from it points into it.
   */
  private byte[] bytesOf(Object buffer) {
    return function.serialize(buffer).clone();
  }
}
