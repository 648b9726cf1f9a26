package io.millrace.view.internal;

import io.millrace.view.GroupState;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** A group's aggregate buffers: an {@link UnsafeRow} where all have a fixed width, else objects. */
final class HeapState implements GroupState {
  private static final int BYTES_PER_OBJECT_COLUMN = 64;
  private static final int OVERHEAD = 64;

  final InternalRow buffer;

  HeapState(InternalRow buffer) {
    this.buffer = buffer;
  }

  @Override
  public int approximateBytes() {
    return OVERHEAD
        + (buffer instanceof UnsafeRow unsafe
            ? unsafe.getSizeInBytes()
            : buffer.numFields() * BYTES_PER_OBJECT_COLUMN);
  }
}
