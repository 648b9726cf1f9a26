package io.millrace.view.internal.avro.read;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Checks text as the Unicode standard defines well-formed UTF-8 (its table 3-7). */
public final class Utf8Check {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080808080808080L;

  private Utf8Check() {}

  /** Index, from {@code start}, of the first ill-formed sequence; −1 if there is none. */
  public static int firstInvalid(byte[] bytes, int start, int length) {
    int end = start + length;
    int i = start;
    while (true) {
      while (i + 8 <= end && ((long) LONG.get(bytes, i) & HIGH_BITS) == 0) {
        i += 8;
      }
      while (i < end && bytes[i] >= 0) {
        i++;
      }
      if (i == end) {
        return -1;
      }
      int size = sequence(bytes, i, end);
      if (size == 0) {
        return i - start;
      }
      i += size;
    }
  }

  /** Length of the well-formed sequence of two or more bytes at {@code i}; 0 if there is none. */
  private static int sequence(byte[] bytes, int i, int end) {
    int lead = bytes[i] & 0xff;
    if (lead < 0xC2 || lead > 0xF4) {
      return 0;
    }
    int size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (end - i < size) {
      return 0;
    }
    int second = bytes[i + 1] & 0xff;
    int low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    int high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high) {
      return 0;
    }
    for (int k = 2; k < size; k++) {
      if ((bytes[i + k] & 0xC0) != 0x80) {
        return 0;
      }
    }
    return size;
  }
}
