package io.millrace.view.internal.key;

import java.math.BigInteger;
import java.util.Arrays;

/** A growing array of order-preserving encodings. Not thread-safe. */
final class KeyBytes {
  private static final byte ESCAPE = (byte) 0xFF;
  private static final byte TERMINATOR = 1;

  private byte[] bytes = new byte[64];
  private int size;

  void put(byte value) {
    if (size == bytes.length) {
      bytes = Arrays.copyOf(bytes, size * 2);
    }
    bytes[size++] = value;
  }

  void putShort(short value) {
    int flipped = value ^ 0x8000;
    put((byte) (flipped >> 8));
    put((byte) flipped);
  }

  void putInt(int value) {
    putUnsignedInt(value ^ Integer.MIN_VALUE);
  }

  void putLong(long value) {
    putUnsignedLong(value ^ Long.MIN_VALUE);
  }

  /** Orders as Spark does: -0.0 equals 0.0, NaN is greatest and only one. */
  void putFloat(float value) {
    int bits = Float.floatToIntBits(value == 0f ? 0f : value);
    putUnsignedInt(bits < 0 ? ~bits : bits ^ Integer.MIN_VALUE);
  }

  void putDouble(double value) {
    long bits = Double.doubleToLongBits(value == 0d ? 0d : value);
    putUnsignedLong(bits < 0 ? ~bits : bits ^ Long.MIN_VALUE);
  }

  /** Two's complement of a fixed width, big-endian, sign bit flipped. */
  void putBigInteger(BigInteger value, int width) {
    byte[] minimal = value.toByteArray();
    byte fill = (byte) (value.signum() < 0 ? 0xFF : 0);
    for (int i = 0; i < width; i++) {
      int from = i - (width - minimal.length);
      byte b = from < 0 ? fill : minimal[from];
      put(i == 0 ? (byte) (b ^ 0x80) : b);
    }
  }

  /** {@code 00} becomes {@code 00 FF}; {@code 00 01} ends the value. */
  void putEscaped(byte[] value) {
    for (byte b : value) {
      put(b);
      if (b == 0) {
        put(ESCAPE);
      }
    }
    put((byte) 0);
    put(TERMINATOR);
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  private void putUnsignedInt(int value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      put((byte) (value >>> shift));
    }
  }

  private void putUnsignedLong(long value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      put((byte) (value >>> shift));
    }
  }
}
