package io.millrace.control.model;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The key of a record in a speed topic. {@code docs/spec/speed-topic.md} has the byte layout.
 *
 * <p>Immutable: the key array is neither copied nor to be changed.
 */
public sealed interface SpeedKey {
  /** The state of one group in one segment; a null value says the segment or group is forgotten. */
  record State(long segment, byte[] groupKey) implements SpeedKey {
    @Override
    public boolean equals(Object o) {
      return o instanceof State other
          && segment == other.segment
          && Arrays.equals(groupKey, other.groupKey);
    }

    @Override
    public int hashCode() {
      return 31 * Long.hashCode(segment) + Arrays.hashCode(groupKey);
    }

    @Override
    public String toString() {
      return "State[segment=" + segment + ", groupKey=" + groupKey.length + " bytes]";
    }
  }

  /** The end of a flush; its value is a {@link Progress}. */
  record Flush() implements SpeedKey {}

  /** First byte of an encoded {@link Flush} and of an encoded {@link State}. */
  byte FLUSH_TAG = 1;

  byte STATE_TAG = 2;

  default byte[] toBytes() {
    if (this instanceof State state) {
      return ByteBuffer.allocate(9 + state.groupKey().length)
          .put(STATE_TAG)
          .putLong(state.segment())
          .put(state.groupKey())
          .array();
    }
    return new byte[] {FLUSH_TAG};
  }

  /**
   * @throws IllegalArgumentException if the bytes are not a key of a speed topic
   */
  static SpeedKey fromBytes(byte[] bytes) {
    if (bytes.length == 1 && bytes[0] == FLUSH_TAG) {
      return new Flush();
    }
    if (bytes.length >= 9 && bytes[0] == STATE_TAG) {
      return new State(
          ByteBuffer.wrap(bytes, 1, 8).getLong(), Arrays.copyOfRange(bytes, 9, bytes.length));
    }
    throw new IllegalArgumentException(
        "cannot read a speed topic key: found "
            + bytes.length
            + " bytes, expected tag "
            + FLUSH_TAG
            + " alone, or tag "
            + STATE_TAG
            + ", 8 bytes of segment and a group key");
  }
}
