package io.millrace.view.internal.state;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.TypedImperativeAggregate;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.types.UTF8String;

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
  private static final int BYTES_PER_ENTRY = 64;

  private final TypedImperativeAggregate<Object> function;
  private final boolean measured;
  private Object updated;
  private Object merged;
  private int updates;
  private int mergedBytes;
  private long entryBytes;

  /**
   * @param measured whether what a set or a map of values takes is measured value by value, instead
   *     of guessed until it is next serialized
   */
  TypedCell(TypedImperativeAggregate<Object> function, boolean measured) {
    this.function = function;
    this.measured = measured;
  }

  void update(InternalRow row) {
    if (updated == null) {
      updated = function.createAggregationBuffer();
    }
    int before = measured ? entries() : 0;
    updated = function.update(updated, row);
    updates = Math.min(updates + 1, MOST_UPDATES);
    if (measured && entries() > before) {
      entryBytes += BYTES_PER_ENTRY + size(((Expression) function.children().head()).eval(row));
    }
  }

  private int entries() {
    return updated instanceof scala.collection.Iterable<?> values ? values.size() : 0;
  }

  private static long size(Object value) {
    if (value instanceof UTF8String text) {
      return text.numBytes();
    } else if (value instanceof byte[] array) {
      return array.length;
    } else if (value instanceof UnsafeRow row) {
      return row.getSizeInBytes();
    } else if (value instanceof UnsafeArrayData array) {
      return array.getSizeInBytes();
    }
    return value instanceof ArrayData array ? (long) BYTES_PER_ENTRY * array.numElements() : 0;
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
    long bytes = OVERHEAD + 2L * mergedBytes + BYTES_PER_UPDATE * updates + entryBytes;
    return (int) Math.min(Integer.MAX_VALUE, bytes);
  }

  private void fold() {
    if (updated != null) {
      byte[] bytes = bytes(updated);
      updated = null;
      updates = 0;
      entryBytes = 0;
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
