package io.millrace.batch.topic;

import io.millrace.control.model.Position;
import java.util.Map;
import java.util.StringJoiner;

/** Names ranges of offsets for messages. */
public final class Loss {
  private Loss() {}

  /**
   * The offsets below {@code to} that are not below {@code from}: {@code "0:120-180,3:0-7"}, ends
   * exclusive; empty if there are none.
   */
  public static String ranges(Position from, Position to) {
    StringJoiner ranges = new StringJoiner(",");
    for (Map.Entry<Integer, Long> entry : to.offsets().entrySet()) {
      long start = from.offset(entry.getKey());
      if (start < entry.getValue()) {
        ranges.add(entry.getKey() + ":" + start + "-" + entry.getValue());
      }
    }
    return ranges.toString();
  }

  /** Of such ranges what lies below a position. */
  public static String below(String ranges, Position position) {
    StringJoiner below = new StringJoiner(",");
    for (String range : ranges.isEmpty() ? new String[0] : ranges.split(",")) {
      String[] sides = range.split("[:-]");
      long from = Long.parseLong(sides[1]);
      long bound = position.offset(Integer.parseInt(sides[0]));
      if (from < bound) {
        below.add(sides[0] + ":" + from + "-" + Math.min(bound, Long.parseLong(sides[2])));
      }
    }
    return below.toString();
  }
}
