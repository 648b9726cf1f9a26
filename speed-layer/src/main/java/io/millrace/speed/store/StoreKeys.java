package io.millrace.speed.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.utils.Bytes;

/** The keys of a task's store; {@code docs/spec/speed-store.md} has the byte layout. */
public final class StoreKeys {
  private static final byte TASK = 0;
  private static final byte VIEW = 1;
  private static final byte GROUP = 2;
  private static final int GROUP_PREFIX = 13;

  private StoreKeys() {}

  public static Bytes task() {
    return Bytes.wrap(new byte[] {TASK});
  }

  public static byte[] viewPrefix() {
    return new byte[] {VIEW};
  }

  public static Bytes view(int slot) {
    return Bytes.wrap(ByteBuffer.allocate(5).put(VIEW).putInt(slot).array());
  }

  /** What the keys of all groups of a view start with. */
  public static byte[] slotPrefix(int slot) {
    return ByteBuffer.allocate(5).put(GROUP).putInt(slot).array();
  }

  /** What the keys of all groups of a segment start with. */
  public static byte[] segmentPrefix(int slot, long segment) {
    return ByteBuffer.allocate(GROUP_PREFIX).put(GROUP).putInt(slot).putLong(segment).array();
  }

  public static Bytes group(int slot, long segment, byte[] groupKey) {
    return Bytes.wrap(
        ByteBuffer.allocate(GROUP_PREFIX + groupKey.length)
            .put(GROUP)
            .putInt(slot)
            .putLong(segment)
            .put(groupKey)
            .array());
  }

  /** The least key above {@code key}. */
  public static Bytes after(Bytes key) {
    return Bytes.wrap(Arrays.copyOf(key.get(), key.get().length + 1));
  }

  /** Start of the segment that a group's key names. */
  public static long segment(Bytes key) {
    return ByteBuffer.wrap(key.get()).getLong(GROUP_PREFIX - Long.BYTES);
  }

  public static byte[] groupKey(Bytes key) {
    return Arrays.copyOfRange(key.get(), GROUP_PREFIX, key.get().length);
  }
}
