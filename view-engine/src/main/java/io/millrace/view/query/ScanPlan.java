package io.millrace.view.query;

import java.util.List;

/**
 * One pass over groups of a view, or rows of a lookup, in the order of their keys.
 *
 * @param relation the view or the lookup, by its name in {@link ParsedQuery#relations}
 * @param ranges disjoint and ascending; no other group can be wanted
 * @param points whether each range holds one group, or one row, at most
 */
public record ScanPlan(String relation, List<Range> ranges, boolean points) {
  public ScanPlan {
    ranges = List.copyOf(ranges);
  }

  /**
   * Encoded keys.
   *
   * @param from inclusive; empty: from the first
   * @param to exclusive; null: to the last
   */
  public record Range(byte[] from, byte[] to) {
    public static final Range ALL = new Range(new byte[0], null);
  }
}
