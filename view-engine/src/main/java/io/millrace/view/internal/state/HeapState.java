package io.millrace.view.internal.state;

import io.millrace.view.GroupState;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.MutableValue;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.types.UTF8String;

/** A group's aggregate buffers: an {@link UnsafeRow} where all have a fixed width, else objects. */
public final class HeapState implements GroupState {
  private static final int BYTES_PER_COLUMN = 32;
  private static final int OVERHEAD = 64;

  public final InternalRow buffer;

  public HeapState(InternalRow buffer) {
    this.buffer = buffer;
  }

  @Override
  public int approximateBytes() {
    if (buffer instanceof UnsafeRow unsafe) {
      return OVERHEAD + unsafe.getSizeInBytes();
    }
    int bytes = OVERHEAD + buffer.numFields() * BYTES_PER_COLUMN;
    for (MutableValue value : ((SpecificInternalRow) buffer).values()) {
      Object object = value.boxed();
      if (object instanceof TypedCell cell) {
        bytes += cell.approximateBytes();
      } else if (object instanceof byte[] array) {
        bytes += array.length;
      } else if (object instanceof UTF8String string) {
        bytes += string.numBytes();
      } else if (object instanceof UnsafeRow row) {
        bytes += row.getSizeInBytes();
      }
    }
    return bytes;
  }
}
