package io.millrace.speed.view;

import io.millrace.speed.store.TaskRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a task keeps of one view version in its store, beside the group states.
 *
 * @param id the view's {@code name/version}
 * @param slot the number that stands for the view in the task's store keys; never used twice
 * @param retired whether the view is gone and its groups only wait to be deleted
 * @param birth the first offset ever aggregated
 * @param rejected records from birth on that could not be decoded
 * @param failed records from birth on that a view expression threw on
 * @param segments ascending, at least one
 * @param publishedTo Kafka's id of the speed topic that has all of this; empty if it was not known
 * @param chore housekeeping under way
 * @param stopped why it stands still, if it does
 */
public record ViewRecord(
    String id,
    int slot,
    boolean retired,
    long birth,
    long rejected,
    long failed,
    List<Segments.Segment> segments,
    Optional<String> publishedTo,
    Optional<Chore> chore,
    Optional<StoppedView> stopped) {
  private static final byte LAYOUT = 2;

  public ViewRecord {
    segments = List.copyOf(segments);
  }

  /** A view that has seen no record, to start at {@code birth}. */
  public static ViewRecord born(String id, int slot, long birth, long nowMs) {
    return new ViewRecord(
        id,
        slot,
        false,
        birth,
        0,
        0,
        Segments.bornAt(birth, nowMs).list(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * The same view without what it had, to start at {@code newBirth}, which lies past that; its
   * states are deleted as those of a segment that is forgotten, in the topic too that has them.
   */
  public ViewRecord bornAgain(long newBirth, long nowMs) {
    return new ViewRecord(
        id,
        slot,
        false,
        newBirth,
        0,
        0,
        Segments.bornAt(newBirth, nowMs).list(),
        publishedTo,
        Optional.of(Chore.of(Chore.Kind.FORGET, 0)),
        Optional.empty());
  }

  /**
   * The same view, gone: records are committed that it did not see, so nobody may go on from what
   * it had.
   */
  public ViewRecord gone() {
    return new ViewRecord(
        id, slot, true, birth, rejected, failed, segments, publishedTo, chore, stopped);
  }

  /** As {@code docs/spec/speed-store.md} lays it out. */
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 + 32 * segments.size());
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(LAYOUT);
      out.writeUTF(id);
      out.writeInt(slot);
      out.writeBoolean(retired);
      out.writeLong(birth);
      out.writeLong(rejected);
      out.writeLong(failed);
      out.writeInt(segments.size());
      for (Segments.Segment segment : segments) {
        out.writeLong(segment.start());
        out.writeLong(segment.cutAtMs());
        out.writeLong(segment.groups());
        out.writeLong(segment.bytes());
      }
      out.writeUTF(publishedTo.orElse(""));
      out.writeBoolean(chore.isPresent());
      if (chore.isPresent()) {
        chore.get().write(out);
      }
      out.writeBoolean(stopped.isPresent());
      if (stopped.isPresent()) {
        stopped.get().write(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  public static ViewRecord fromBytes(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      boolean more = TaskRecord.checkLayout(in.readByte(), LAYOUT);
      String id = in.readUTF();
      int slot = in.readInt();
      boolean retired = in.readBoolean();
      long birth = in.readLong();
      long rejected = in.readLong();
      long failed = in.readLong();
      int count = in.readInt();
      List<Segments.Segment> segments = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        segments.add(
            new Segments.Segment(in.readLong(), in.readLong(), in.readLong(), in.readLong()));
      }
      Optional<String> publishedTo = TaskRecord.readId(in, more);
      Optional<Chore> chore =
          more && in.readBoolean() ? Optional.of(Chore.read(in)) : Optional.empty();
      Optional<StoppedView> stopped =
          more && in.readBoolean() ? Optional.of(StoppedView.read(in)) : Optional.empty();
      return new ViewRecord(
          id, slot, retired, birth, rejected, failed, segments, publishedTo, chore, stopped);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read a view's record of the speed store", e);
    }
  }
}
