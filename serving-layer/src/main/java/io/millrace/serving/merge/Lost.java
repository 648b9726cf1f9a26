package io.millrace.serving.merge;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Records that somebody gave up for lost: they lie below an answer's position, and the answer is
 * without them. Immutable.
 *
 * @param ranges by partition, ascending
 */
public record Lost(SortedMap<Integer, List<Range>> ranges) {
  public static final Lost NONE = new Lost(new TreeMap<>());

  /**
   * @param from inclusive
   * @param to exclusive
   */
  public record Range(long from, long to) {}

  /**
   * Reads what a run says.
   *
   * @param text {@code partition:from-to,…}; empty: nothing is lost
   */
  public static Lost parse(String text) {
    SortedMap<Integer, List<Range>> ranges = new TreeMap<>();
    for (String range : text.isEmpty() ? new String[0] : text.split(",")) {
      String[] sides = range.split("[:-]");
      ranges
          .computeIfAbsent(Integer.parseInt(sides[0]), partition -> new ArrayList<>())
          .add(new Range(Long.parseLong(sides[1]), Long.parseLong(sides[2])));
    }
    return new Lost(ranges);
  }
}
