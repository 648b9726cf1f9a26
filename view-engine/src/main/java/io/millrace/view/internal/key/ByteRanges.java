package io.millrace.view.internal.key;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A set of byte strings: disjoint intervals, ascending. Immutable. The intervals here begin and end
 * where encodings of values do, so that an interval which is one value (a {@link Range#point}) is
 * either inside another or outside.
 */
record ByteRanges(List<Range> ranges) {
  static final ByteRanges NONE = new ByteRanges(List.of());

  ByteRanges {
    ranges = List.copyOf(ranges);
  }

  /**
   * @param from inclusive
   * @param to exclusive; null: to the last
   * @param point whether it is everything that begins with one value's encoding, {@code from}
   */
  record Range(byte[] from, byte[] to, boolean point) {
    boolean empty() {
      return to != null && Arrays.compareUnsigned(from, to) >= 0;
    }
  }

  static ByteRanges between(byte[] from, byte[] to) {
    Range range = new Range(from, to, false);
    return range.empty() ? NONE : new ByteRanges(List.of(range));
  }

  static ByteRanges point(byte[] encoded) {
    return new ByteRanges(List.of(new Range(encoded, successor(encoded), true)));
  }

  boolean points() {
    return ranges.stream().allMatch(Range::point);
  }

  /** One interval from the first to the last. */
  ByteRanges hull() {
    return ranges.isEmpty()
        ? this
        : between(ranges.get(0).from(), ranges.get(ranges.size() - 1).to());
  }

  ByteRanges and(ByteRanges other) {
    List<Range> both = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < ranges.size() && j < other.ranges.size()) {
      Range a = ranges.get(i);
      Range b = other.ranges.get(j);
      byte[] from = Arrays.compareUnsigned(a.from(), b.from()) >= 0 ? a.from() : b.from();
      boolean first = compareEnds(a.to(), b.to()) <= 0;
      Range meet = new Range(from, first ? a.to() : b.to(), a.point() || b.point());
      if (!meet.empty()) {
        both.add(meet);
      }
      if (first) {
        i++;
      } else {
        j++;
      }
    }
    return new ByteRanges(both);
  }

  ByteRanges or(ByteRanges other) {
    List<Range> all = new ArrayList<>(ranges);
    all.addAll(other.ranges);
    return of(all);
  }

  /** Any ranges, put together. */
  static ByteRanges of(List<Range> any) {
    List<Range> sorted = new ArrayList<>(any);
    sorted.sort(
        Comparator.comparing(Range::from, Arrays::compareUnsigned)
            .thenComparing(Range::to, ByteRanges::compareEnds));
    List<Range> apart = new ArrayList<>();
    for (Range next : sorted) {
      Range last = apart.isEmpty() ? null : apart.get(apart.size() - 1);
      if (last == null
          || last.to() != null && Arrays.compareUnsigned(next.from(), last.to()) >= 0) {
        apart.add(next);
      } else {
        boolean same = last.point() && next.point();
        byte[] to = compareEnds(last.to(), next.to()) >= 0 ? last.to() : next.to();
        apart.set(apart.size() - 1, new Range(last.from(), to, same));
      }
    }
    return new ByteRanges(apart);
  }

  /** Null is the last end. */
  private static int compareEnds(byte[] a, byte[] b) {
    if (a == null || b == null) {
      return a == b ? 0 : a == null ? 1 : -1;
    }
    return Arrays.compareUnsigned(a, b);
  }

  /** The least byte string above every one that starts with {@code prefix}; null if none is. */
  static byte[] successor(byte[] prefix) {
    for (int i = prefix.length - 1; i >= 0; i--) {
      if (prefix[i] != (byte) 0xFF) {
        byte[] next = Arrays.copyOf(prefix, i + 1);
        next[i]++;
        return next;
      }
    }
    return null;
  }
}
