package io.millrace.speed.view;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The segments of one view version on one source partition: where its live state is cut.
 *
 * <p>Segment <i>i</i> covers the offsets from its start to the start of the next one; the last one
 * is open. The laws: starts ascend strictly, the first is at or past {@link #birth}, and every
 * offset from the first start on is in exactly one segment. They hold by construction, since a
 * segment knows its start alone.
 *
 * <p>Mutable, for one thread.
 */
public final class Segments {
  /**
   * @param start the first offset it covers
   * @param cutAtMs wall clock when it was cut, epoch ms; ages count from it
   * @param groups groups that have a state in it
   * @param bytes their encoded states, keys included
   */
  record Segment(long start, long cutAtMs, long groups, long bytes) {
    Segment plus(long moreGroups, long moreBytes) {
      return new Segment(start, cutAtMs, groups + moreGroups, bytes + moreBytes);
    }
  }

  private final long birth;
  private final List<Segment> segments = new ArrayList<>();

  private Segments(long birth) {
    this.birth = birth;
  }

  /** One open, empty segment that starts at {@code birth}. */
  public static Segments bornAt(long birth, long nowMs) {
    Segments born = new Segments(birth);
    born.segments.add(new Segment(birth, nowMs, 0, 0));
    return born;
  }

  /**
   * @throws IllegalArgumentException if the segments break a law of this class
   */
  static Segments of(long birth, List<Segment> segments) {
    Segments restored = new Segments(birth);
    long above = birth - 1;
    for (Segment segment : segments) {
      if (segment.start() <= above) {
        throw new IllegalArgumentException(
            "cannot restore segments: found one that starts at "
                + segment.start()
                + ", expected it above "
                + above);
      }
      above = segment.start();
      restored.segments.add(segment);
    }
    if (segments.isEmpty()) {
      throw new IllegalArgumentException("cannot restore segments: found none, expected one");
    }
    return restored;
  }

  long birth() {
    return birth;
  }

  int size() {
    return segments.size();
  }

  Segment get(int index) {
    return segments.get(index);
  }

  /** Start of the open segment: the newest cut. */
  long open() {
    return segments.get(segments.size() - 1).start();
  }

  public List<Segment> list() {
    return List.copyOf(segments);
  }

  List<Long> cuts() {
    return segments.stream().map(Segment::start).toList();
  }

  long groups() {
    return segments.stream().mapToLong(Segment::groups).sum();
  }

  long bytes() {
    return segments.stream().mapToLong(Segment::bytes).sum();
  }

  /**
   * Closes the open segment at {@code offset} and opens an empty one there.
   *
   * @return whether that is a new cut: false if the open segment starts there already
   * @throws IllegalArgumentException if {@code offset} lies below the open segment's start
   */
  boolean cut(long offset, long nowMs) {
    Segment last = segments.get(segments.size() - 1);
    if (offset < last.start()) {
      throw new IllegalArgumentException(
          "cannot cut at " + offset + ": the open segment starts at " + last.start());
    }
    if (offset == last.start()) {
      return false;
    }
    segments.add(new Segment(offset, Math.max(nowMs, last.cutAtMs()), 0, 0));
    return true;
  }

  /** Counts groups and bytes that the open segment gained. */
  void grow(long groups, long bytes) {
    int last = segments.size() - 1;
    segments.set(last, segments.get(last).plus(groups, bytes));
  }

  /** Whether the oldest segment is closed and ends at or below {@code boundary}. */
  boolean forgettable(long boundary) {
    return segments.size() > 1 && segments.get(1).start() <= boundary;
  }

  /** Removes the oldest segment, which must be {@link #forgettable}. */
  void forgetOldest() {
    if (segments.size() < 2) {
      throw new IllegalStateException("cannot forget the open segment");
    }
    segments.remove(0);
  }

  /**
   * The oldest cut that thinning drops now. Cuts younger than {@code keepAllMs} stay, as do those
   * in {@code kept}, the first and the newest. Of the others one stays per doubling of the age, so
   * that their number grows with the logarithm of the time since the first one. Of two cuts of like
   * age the newer goes: it then closes a small segment into a larger one, and each state is merged
   * logarithmically often.
   *
   * @return index of the segment to merge into the one before it
   */
  OptionalInt surplus(Set<Long> kept, long nowMs, long keepAllMs) {
    for (int i = 1; i < segments.size() - 1; i++) {
      Segment segment = segments.get(i);
      long age = nowMs - segment.cutAtMs();
      if (age >= keepAllMs
          && !kept.contains(segment.start())
          && doublings(age, keepAllMs)
              == doublings(nowMs - segments.get(i - 1).cutAtMs(), keepAllMs)) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  /**
   * Drops the cut at the start of segment {@code index}; the segment before it now covers both.
   * Groups that both had count twice until {@link #shrink} says so.
   */
  void mergeIntoPrevious(int index) {
    if (index < 1 || index >= segments.size() - 1) {
      throw new IllegalArgumentException(
          "cannot drop cut "
              + index
              + " of "
              + segments.size()
              + ": it is the first or the newest");
    }
    Segment dropped = segments.get(index);
    segments.set(index - 1, segments.get(index - 1).plus(dropped.groups(), dropped.bytes()));
    segments.remove(index);
  }

  /** Counts off what the segment that starts at {@code start} no longer has. */
  void shrink(long start, long groups, long bytes) {
    int index = indexCovering(start);
    segments.set(index, segments.get(index).plus(-groups, -bytes));
  }

  /** Start of the segment that covers {@code offset}, which lies at or past the first one's. */
  long covering(long offset) {
    return segments.get(indexCovering(offset)).start();
  }

  /** Where the closed segment ends that starts at {@code start}: exclusive. */
  long endOf(long start) {
    return segments.get(indexCovering(start) + 1).start();
  }

  private int indexCovering(long offset) {
    int index = segments.size() - 1;
    while (segments.get(index).start() > offset) {
      index--;
    }
    return index;
  }

  /** How often {@code age} is twice {@code unit}; both in ms, {@code unit} positive. */
  private static int doublings(long age, long unit) {
    return 63 - Long.numberOfLeadingZeros(Math.max(1, age / unit));
  }
}
