package io.millrace.view.internal.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.spark.sql.catalyst.util.QuantileSummaries;
import org.apache.spark.sql.catalyst.util.QuantileSummaries.Stats;

/**
 * What other summaries of the same values may answer, as two summaries whose answers are at its
 * edges. A summary knows ranks within ε·n, and a query rounds by as much again; so does another
 * one. Hence values may be apart by 4·ε·n ranks, and one more on each side for small n.
 *
 * <p>A summary is moved up by k ranks if the k smallest values are taken from it and its largest is
 * added as often: then each percentile is asked of k ranks further up. Stateless.
 */
final class PercentileEdges {
  private static final int ERRORS = 4;
  private static final int ROUNDING = 2;

  private PercentileEdges() {}

  /**
   * Where there is a value without a place in the order, any value may be answered: then the edge
   * is not a number.
   */
  static List<QuantileSummaries> of(QuantileSummaries summary) {
    Stats[] samples = summary.sampled();
    long count = summary.count();
    if (count == 0) {
      return List.of();
    }
    if (Arrays.stream(samples).anyMatch(sample -> Double.isNaN(sample.value()))) {
      return List.of(like(summary, List.of(new Stats(Double.NaN, count, 0))));
    }
    long ranks =
        Math.min(count, (long) Math.ceil(ERRORS * summary.relativeError() * count) + ROUNDING);
    List<Stats> descending = new ArrayList<>(Arrays.asList(samples));
    Collections.reverse(descending);
    List<Stats> down = moved(descending, ranks);
    Collections.reverse(down);
    return List.of(like(summary, moved(Arrays.asList(samples), ranks)), like(summary, down));
  }

  /** Without as many values at the front, and with the last one added as often. */
  private static List<Stats> moved(List<Stats> samples, long ranks) {
    List<Stats> moved = new ArrayList<>();
    long left = ranks;
    // A heavier sample than there was would make queries coarser.
    long heaviest = 1;
    for (Stats sample : samples) {
      heaviest = Math.max(heaviest, sample.g() + sample.delta());
      long taken = Math.min(left, sample.g());
      left -= taken;
      if (taken < sample.g()) {
        moved.add(new Stats(sample.value(), sample.g() - taken, sample.delta()));
      }
    }
    double last = samples.get(samples.size() - 1).value();
    for (long more = ranks; more > 0; more -= heaviest) {
      moved.add(new Stats(last, Math.min(more, heaviest), 0));
    }
    return moved;
  }

  private static QuantileSummaries like(QuantileSummaries summary, List<Stats> samples) {
    return new QuantileSummaries(
        summary.compressThreshold(),
        summary.relativeError(),
        samples.toArray(Stats[]::new),
        summary.count(),
        true);
  }
}
