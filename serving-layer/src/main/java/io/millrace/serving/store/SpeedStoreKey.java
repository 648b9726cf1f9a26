package io.millrace.serving.store;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Keys of live state in the local store: group key, partition (4 bytes), segment start (8 bytes),
 * big-endian. Group keys are prefix-free, so all pieces of a group are adjacent and groups are in
 * the order of their keys.
 */
public final class SpeedStoreKey {
  private static final int SUFFIX = Integer.BYTES + Long.BYTES;

  private SpeedStoreKey() {}

  public static byte[] of(byte[] groupKey, int partition, long segment) {
    return ByteBuffer.allocate(groupKey.length + SUFFIX)
        .put(groupKey)
        .putInt(partition)
        .putLong(segment)
        .array();
  }

  public static byte[] groupKey(byte[] key) {
    return Arrays.copyOf(key, key.length - SUFFIX);
  }

  public static int partition(byte[] key) {
    return ByteBuffer.wrap(key).getInt(key.length - SUFFIX);
  }

  public static long segment(byte[] key) {
    return ByteBuffer.wrap(key).getLong(key.length - Long.BYTES);
  }

  /** Compares the group key within {@code key} with {@code groupKey}, as unsigned bytes. */
  public static int compareGroup(byte[] key, byte[] groupKey) {
    return Arrays.compareUnsigned(key, 0, key.length - SUFFIX, groupKey, 0, groupKey.length);
  }

  /**
   * An exclusive upper bound of the store keys of all groups below {@code groupBound}. The bound
   * alone would not do: it may extend the key of a group below it, whose store keys then lie on
   * either side.
   */
  public static byte[] upperBound(byte[] groupBound) {
    byte[] bound = Arrays.copyOf(groupBound, groupBound.length + SUFFIX);
    Arrays.fill(bound, groupBound.length, bound.length, (byte) 0xff);
    return bound;
  }
}
