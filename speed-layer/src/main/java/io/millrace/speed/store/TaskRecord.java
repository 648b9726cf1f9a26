package io.millrace.speed.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * What a task keeps of itself in its store.
 *
 * @param topic the source topic whose offsets these are
 * @param position exclusive: every record below it is in the states
 * @param recordTimestampMs largest Kafka timestamp below {@code position}, epoch ms; −1 if none
 * @param rejected records that some view's decoder rejected
 * @param nextSlot the slot of the next new view
 * @param topicId Kafka's id of the source topic; empty if it was not known
 * @param changelogId Kafka's id of the changelog topic that all of the store was logged to; empty
 *     if it was not known
 */
public record TaskRecord(
    String topic,
    long position,
    long recordTimestampMs,
    long rejected,
    int nextSlot,
    Optional<String> topicId,
    Optional<String> changelogId) {
  private static final byte LAYOUT = 2;

  /** As {@link #LAYOUT}, without ids. */
  public static final byte WITHOUT_IDS = 1;

  /** As {@code docs/spec/speed-store.md} lays it out. */
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(LAYOUT);
      out.writeUTF(topic);
      out.writeLong(position);
      out.writeLong(recordTimestampMs);
      out.writeLong(rejected);
      out.writeInt(nextSlot);
      out.writeUTF(topicId.orElse(""));
      out.writeUTF(changelogId.orElse(""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  public static TaskRecord fromBytes(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      boolean ids = checkLayout(in.readByte(), LAYOUT);
      return new TaskRecord(
          in.readUTF(),
          in.readLong(),
          in.readLong(),
          in.readLong(),
          in.readInt(),
          readId(in, ids),
          readId(in, ids));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the task record of the speed store", e);
    }
  }

  /**
   * An id that may not be known.
   *
   * @param ids whether the layout has ids
   */
  public static Optional<String> readId(DataInputStream in, boolean ids) throws IOException {
    return Optional.of(ids ? in.readUTF() : "").filter(id -> !id.isEmpty());
  }

  /**
   * @return whether the layout has ids
   */
  public static boolean checkLayout(byte found, byte expected) {
    if (found != expected && found != WITHOUT_IDS) {
      throw new IllegalStateException(
          "cannot read the speed store: found layout "
              + found
              + ", expected "
              + expected
              + "; this state was written by another version of Millrace");
    }
    return found != WITHOUT_IDS;
  }
}
