package io.millrace.view.internal.avro.read;

import io.millrace.view.RejectedRecordException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads Avro's binary encoding from an array, and trusts nothing in it: every length and count is
 * checked against the bytes that are left before anything is allocated or skipped.
 *
 * <p>Not thread-safe. After a rejection it must be {@link #reset}.
 */
public final class AvroInput {
  /**
   * How many elements of no bytes (nulls, empty records) one record may have: their count is the
   * only one that the bytes left do not bound.
   */
  static final int MAX_EMPTY_ELEMENTS = 10_000;

  /** How deep skipped values of a recursive writer schema may nest. */
  static final int MAX_DEPTH = 200;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes = new byte[0];
  private int pos;
  private int emptyElements;
  private int depth;

  public void reset(byte[] value, int from) {
    bytes = value;
    pos = from;
    emptyElements = MAX_EMPTY_ELEMENTS;
    depth = 0;
  }

  byte[] bytes() {
    return bytes;
  }

  /** Index of the next byte. */
  int position() {
    return pos;
  }

  public int remaining() {
    return bytes.length - pos;
  }

  boolean readBoolean() throws RejectedRecordException {
    need(1, "a boolean");
    int b = bytes[pos++];
    if (b == 1) {
      return true;
    }
    if (b != 0) {
      throw rejected("byte " + (b & 0xff), "a boolean as 0 or 1");
    }
    return false;
  }

  int readInt() throws RejectedRecordException {
    if (pos < bytes.length && bytes[pos] >= 0) {
      int n = bytes[pos++];
      return (n >>> 1) ^ -(n & 1);
    }
    int n = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      need(1, "an int");
      int b = bytes[pos++];
      n |= (b & 0x7f) << shift;
      if (b >= 0) {
        return (n >>> 1) ^ -(n & 1);
      }
    }
    throw rejected("more than 5 bytes", "an int");
  }

  long readLong() throws RejectedRecordException {
    if (pos < bytes.length && bytes[pos] >= 0) {
      int n = bytes[pos++];
      return (n >>> 1) ^ -(n & 1);
    }
    long n = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      need(1, "a long");
      int b = bytes[pos++];
      n |= (b & 0x7fL) << shift;
      if (b >= 0) {
        return (n >>> 1) ^ -(n & 1);
      }
    }
    throw rejected("more than 10 bytes", "a long");
  }

  float readFloat() throws RejectedRecordException {
    need(4, "a float");
    float value = Float.intBitsToFloat((int) INT.get(bytes, pos));
    pos += 4;
    return value;
  }

  double readDouble() throws RejectedRecordException {
    need(8, "a double");
    double value = Double.longBitsToDouble((long) LONG.get(bytes, pos));
    pos += 8;
    return value;
  }

  /** The length of a string or byte sequence, all of whose bytes are there. */
  int readLength(String what) throws RejectedRecordException {
    long length = readLong();
    if (length < 0 || length > remaining()) {
      throw rejected(left(), what + " of " + length + " bytes");
    }
    return (int) length;
  }

  /**
   * The count of the next block of an array or map, 0 at its end.
   *
   * @param minBytes the least number of bytes an element takes
   */
  int readBlock(int minBytes, String what) throws RejectedRecordException {
    long count = readLong();
    if (count < 0) {
      count = -count;
      readLong();
    }
    if (count < 0 || (minBytes > 0 && count > remaining() / minBytes)) {
      throw rejected(left(), what + " of " + count + " more elements");
    }
    if (minBytes == 0) {
      if (count > emptyElements) {
        throw rejected(
            what + " of " + count + " elements without bytes",
            "at most " + MAX_EMPTY_ELEMENTS + " of them in a record");
      }
      emptyElements -= (int) count;
    }
    return (int) count;
  }

  /** The branch of a union, or the ordinal of an enum's symbol. */
  int readOrdinal(int size, String what) throws RejectedRecordException {
    int ordinal = readInt();
    if (ordinal < 0 || ordinal >= size) {
      throw rejected(what + " number " + ordinal, "0 to " + (size - 1));
    }
    return ordinal;
  }

  /** Moves past {@code length} bytes, which must be there; returns where they start. */
  int take(int length, String what) throws RejectedRecordException {
    need(length, what);
    int start = pos;
    pos += length;
    return start;
  }

  void enter() throws RejectedRecordException {
    if (++depth > MAX_DEPTH) {
      throw rejected("values nested deeper than " + MAX_DEPTH, "less");
    }
  }

  void leave() {
    depth--;
  }

  private void need(int length, String what) throws RejectedRecordException {
    if (bytes.length - pos < length) {
      throw rejected(left(), what + (length > 1 ? " of " + length + " bytes" : ""));
    }
  }

  private String left() {
    return remaining() + (remaining() == 1 ? " byte left" : " bytes left");
  }

  RejectedRecordException rejected(String found, String expected) {
    return new RejectedRecordException(
        "found " + found + ", expected " + expected + " (at byte " + pos + ")");
  }
}
