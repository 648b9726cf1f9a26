package io.millrace.speed.view;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/**
 * A piece of housekeeping under way, done in slices over several flushes: which states it is about,
 * and how far it has come. It takes them in the order of segment start and group key.
 *
 * @param kind what becomes of the states
 * @param segment start of the segment whose states are next
 * @param after group key of the last state that was done in {@code segment}; null if none was
 */
record Chore(Kind kind, long segment, byte[] after) {
  /** What is done with states. */
  enum Kind {
    /** Those below the first cut are deleted. */
    FORGET,
    /** Those from {@code segment} up to the next cut move into the segment that covers them. */
    MERGE
  }

  static Chore of(Kind kind, long segment) {
    return new Chore(kind, segment, null);
  }

  Chore at(long newSegment, byte[] newAfter) {
    return new Chore(kind, newSegment, newAfter);
  }

  void write(DataOutputStream out) throws IOException {
    out.writeByte(kind.ordinal());
    out.writeLong(segment);
    out.writeInt(after == null ? -1 : after.length);
    if (after != null) {
      out.write(after);
    }
  }

  static Chore read(DataInputStream in) throws IOException {
    Kind kind = Kind.values()[in.readByte()];
    long segment = in.readLong();
    int length = in.readInt();
    return new Chore(kind, segment, length < 0 ? null : in.readNBytes(length));
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Chore other
        && kind == other.kind
        && segment == other.segment
        && Arrays.equals(after, other.after);
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(segment) + Arrays.hashCode(after);
  }
}
