package io.millrace.view.internal.key;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.math.BigInteger;
import java.util.Arrays;

/** Reads what {@link KeyBytes} wrote. Not thread-safe. */
final class KeyReader {
  private final byte[] bytes;
  private int position;

  KeyReader(byte[] bytes) {
    this.bytes = bytes;
  }

  byte next() {
    if (position == bytes.length) {
      throw corrupt("its end");
    }
    return bytes[position++];
  }

  short nextShort() {
    return (short) (((next() & 0xFF) << 8 | next() & 0xFF) ^ 0x8000);
  }

  int nextInt() {
    return unsignedInt() ^ Integer.MIN_VALUE;
  }

  long nextLong() {
    return unsignedLong() ^ Long.MIN_VALUE;
  }

  float nextFloat() {
    int bits = unsignedInt();
    return Float.intBitsToFloat(bits < 0 ? bits ^ Integer.MIN_VALUE : ~bits);
  }

  double nextDouble() {
    long bits = unsignedLong();
    return Double.longBitsToDouble(bits < 0 ? bits ^ Long.MIN_VALUE : ~bits);
  }

  BigInteger nextBigInteger(int width) {
    byte[] value = new byte[width];
    for (int i = 0; i < width; i++) {
      value[i] = next();
    }
    value[0] ^= (byte) 0x80;
    return new BigInteger(value);
  }

  byte[] escaped() {
    byte[] value = new byte[bytes.length - position];
    int size = 0;
    while (true) {
      byte b = next();
      if (b == 0 && next() == 1) {
        return Arrays.copyOf(value, size);
      }
      value[size++] = b;
    }
  }

  void expectEnd() {
    if (position != bytes.length) {
      throw corrupt(bytes.length - position + " bytes more");
    }
  }

  MillraceException corrupt(String found) {
    return new MillraceException(
        ErrorCode.INTERNAL,
        "cannot read a group key: found %s at byte %d of %d, expected a key of this view; it belongs to another view version"
            .formatted(found, position, bytes.length));
  }

  private int unsignedInt() {
    int value = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      value = value << 8 | next() & 0xFF;
    }
    return value;
  }

  private long unsignedLong() {
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = value << 8 | next() & 0xFF;
    }
    return value;
  }
}
