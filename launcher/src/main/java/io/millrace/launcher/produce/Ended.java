package io.millrace.launcher.produce;

import io.millrace.control.error.MillraceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What ended a file before its end.
 *
 * @param why empty: it was asked to stop
 * @param goOn sentences: what is in the topic, and how to send the rest without sending any twice
 */
public record Ended(Optional<MillraceException> why, List<String> goOn) {
  private static final int RANGES = 10;

  public Ended {
    goOn = List.copyOf(goOn);
  }

  /** Where a job stands: the first row that it has not dealt with. */
  record Place(int round, long line) {}

  /**
   * @param repeat how often the file was to be sent
   * @param at the first row that has not been handed over
   * @param kept whether the missing rows are among the rejected ones; else there are none, or no
   *     row behind them is in the topic
   */
  static Ended of(
      Optional<MillraceException> why,
      int repeat,
      Place at,
      Deliveries.Outcome outcome,
      boolean kept) {
    List<String> goOn = new ArrayList<>();
    List<Deliveries.Sent> missing = outcome.missing();
    if (missing.isEmpty()) {
      goOn.add(
          "every row before line "
              + at.line()
              + round(at, repeat)
              + " is in the topic or rejected");
      goOn.add("the same command with " + options(at, repeat) + " goes on from there");
      return new Ended(why, goOn);
    }
    Deliveries.Sent first = missing.get(0);
    Place again = new Place(first.round(), first.line());
    goOn.add(
        "every row before line "
            + first.line()
            + round(again, repeat)
            + " is in the topic or rejected");
    goOn.add(
        "Kafka has not answered for "
            + rows(missing.size())
            + ", and may have taken some: "
            + lines(missing));
    if (outcome.laterInTopic() == 0) {
      goOn.add("the same command with " + options(again, repeat) + " sends these and what follows");
    } else if (kept) {
      goOn.add(
          rows(outcome.laterInTopic())
              + " behind the first of these are in the topic; these are among the rejected ones");
      goOn.add("the same command with " + options(at, repeat) + " sends what follows");
    } else {
      goOn.add(
          "the same command with " + options(at, repeat) + " sends what follows, without these");
      goOn.add(
          "with "
              + options(again, repeat)
              + " it sends these too, and "
              + rows(outcome.laterInTopic())
              + " behind them a second time");
    }
    return new Ended(why, goOn);
  }

  private static String rows(long count) {
    return count == 1 ? "1 row" : count + " rows";
  }

  private static String round(Place at, int repeat) {
    return repeat > 1 ? " of round " + (at.round() + 1) : "";
  }

  private static String options(Place at, int repeat) {
    return (repeat > 1 ? "--repeat " + (repeat - at.round()) + " " : "")
        + "--from-line "
        + at.line();
  }

  /** Ranges of lines; the first of many. */
  private static String lines(List<Deliveries.Sent> rows) {
    List<String> ranges = new ArrayList<>();
    for (int from = 0; from < rows.size() && ranges.size() <= RANGES; ) {
      int to = from;
      while (to + 1 < rows.size() && rows.get(to + 1).line() == rows.get(to).line() + 1) {
        to++;
      }
      long first = rows.get(from).line();
      long last = rows.get(to).line();
      ranges.add(first == last ? Long.toString(first) : first + "–" + last);
      from = to + 1;
    }
    boolean more = ranges.size() > RANGES;
    return "line"
        + (rows.size() == 1 ? " " : "s ")
        + String.join(", ", more ? ranges.subList(0, RANGES) : ranges)
        + (more ? ", … up to " + rows.get(rows.size() - 1).line() : "");
  }
}
