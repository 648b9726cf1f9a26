package io.millrace.view.internal.state;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.Platform;

/**
 * States as bytes, {@code docs/spec/state.md}: a version byte, then the buffer columns of all
 * aggregates in Spark's row format.
 *
 * <p>Not thread-safe; serializable, for use inside Spark.
 */
public final class StateCodec implements Serializable {
  private static final long serialVersionUID = 1L;

  /** First byte of an encoded state; raise it when the meaning of the rest changes. */
  public static final byte VERSION = 1;

  private final DataType[] types;
  private transient UnsafeProjection projection;

  public StateCodec(DataType[] types) {
    this.types = types.clone();
  }

  /**
   * @param columns the buffer columns, flat, sketches and collections serialized
   */
  public byte[] encode(InternalRow columns) {
    UnsafeRow row = columns instanceof UnsafeRow unsafe ? unsafe : projection().apply(columns);
    byte[] bytes = new byte[1 + row.getSizeInBytes()];
    bytes[0] = VERSION;
    row.writeToMemory(bytes, Platform.BYTE_ARRAY_OFFSET + 1);
    return bytes;
  }

  /** The row in {@code bytes}; shares nothing with them. */
  public UnsafeRow decode(byte[] bytes) {
    if (bytes.length == 0 || bytes[0] != VERSION || (bytes.length - 1) % Long.BYTES != 0) {
      String found =
          bytes.length == 0 ? "no bytes" : bytes.length + " bytes of version " + bytes[0];
      throw new MillraceException(
          ErrorCode.INTERNAL,
          "cannot read a state: found %s, expected version %d; it was written by another release"
              .formatted(found, VERSION));
    }
    byte[] copy = new byte[bytes.length - 1];
    System.arraycopy(bytes, 1, copy, 0, copy.length);
    UnsafeRow row = new UnsafeRow(types.length);
    row.pointTo(copy, copy.length);
    return row;
  }

  private UnsafeProjection projection() {
    if (projection == null) {
      projection = UnsafeProjection.create(types);
    }
    return projection;
  }
}
