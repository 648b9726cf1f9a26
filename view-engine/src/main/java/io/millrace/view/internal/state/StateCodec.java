package io.millrace.view.internal.state;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.Platform;

/**
 * States as bytes, {@code docs/spec/state.md}: a version byte, a check of the layout, then the
 * buffer columns of all aggregates in Spark's row format. A row has nothing in it that says what it
 * is: read with another layout it gives numbers, or memory that is not its own. So bytes whose
 * check is not this layout's are refused.
 *
 * <p>Not thread-safe; serializable, for use inside Spark.
 */
public final class StateCodec implements Serializable {
  private static final long serialVersionUID = 1L;

  /** First byte of an encoded state; raise it when the meaning of the rest changes. */
  public static final byte VERSION = 2;

  private static final int HEADER = 1 + Integer.BYTES;

  private final DataType[] types;
  private final int check;
  private transient UnsafeProjection projection;

  /**
   * @param types of the buffer columns
   * @param layout all that decides what the columns mean
   */
  public StateCodec(DataType[] types, String layout) {
    this.types = types.clone();
    this.check = check(types, layout);
  }

  private static int check(DataType[] types, String layout) {
    StringBuilder text = new StringBuilder(layout);
    for (DataType type : types) {
      text.append('\n').append(type.json());
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(hash).getInt();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * @param columns the buffer columns, flat, sketches and collections serialized
   */
  public byte[] encode(InternalRow columns) {
    UnsafeRow row = columns instanceof UnsafeRow unsafe ? unsafe : projection().apply(columns);
    byte[] bytes = new byte[HEADER + row.getSizeInBytes()];
    ByteBuffer.wrap(bytes).put(VERSION).putInt(check);
    row.writeToMemory(bytes, Platform.BYTE_ARRAY_OFFSET + HEADER);
    return bytes;
  }

  /**
   * The row in {@code bytes}; shares nothing with them.
   *
   * @throws MillraceException {@code LAYOUT_CHANGED} if they are no state of this layout
   */
  public UnsafeRow decode(byte[] bytes) {
    int least = HEADER + UnsafeRow.calculateBitSetWidthInBytes(types.length) + 8 * types.length;
    if (bytes.length < least
        || bytes[0] != VERSION
        || (bytes.length - HEADER) % Long.BYTES != 0
        || ByteBuffer.wrap(bytes, 1, Integer.BYTES).getInt() != check) {
      throw new MillraceException(
          ErrorCode.LAYOUT_CHANGED,
          "cannot read a state: found %s, expected %d or more of version %d with check %08x; it was written by another release or for another view; run `millrace apply` again, which begins the view anew"
              .formatted(found(bytes), least, VERSION, check));
    }
    byte[] copy = new byte[bytes.length - HEADER];
    System.arraycopy(bytes, HEADER, copy, 0, copy.length);
    UnsafeRow row = new UnsafeRow(types.length);
    row.pointTo(copy, copy.length);
    return row;
  }

  private static String found(byte[] bytes) {
    if (bytes.length < HEADER) {
      return bytes.length + " bytes";
    }
    return "%d bytes of version %d with check %08x"
        .formatted(bytes.length, bytes[0], ByteBuffer.wrap(bytes, 1, Integer.BYTES).getInt());
  }

  private UnsafeProjection projection() {
    if (projection == null) {
      projection = UnsafeProjection.create(types);
    }
    return projection;
  }
}
