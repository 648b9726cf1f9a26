package io.millrace.batch.run;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import io.millrace.control.model.ViewDefinition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Chooses where batch ends and stream begins. Pure functions.
 *
 * <p>The law: a boundary that {@link #choose} gave is, on every partition, one of the cuts of the
 * progress it was given, or the boundary of the run before (which the speed layer keeps); it is
 * covered by the lake; and it covers the boundary of the run before.
 */
public final class Boundaries {
  private static final String LIVE = "see that the speed layer runs";

  private Boundaries() {}

  /**
   * @param progress the newest of each source partition that has any
   * @param partitions how many partitions the source has
   * @param lakeEnd the position of the pinned lake snapshot
   * @param previous the boundary of the newest completed run of this view version
   * @throws MillraceException {@code VIEW_NOT_READY} if no boundary can be chosen now; a later
   *     archive or a flush of the speed layer helps
   */
  static Position choose(
      ViewDefinition view,
      Map<Integer, Progress> progress,
      int partitions,
      Position lakeEnd,
      Optional<Position> previous) {
    Position before = previous.orElse(Position.empty());
    if (!lakeEnd.covers(before)) {
      // It was set back, and has not got again what the run before has counted.
      throw notReady(
          view,
          "the lake at " + lakeEnd,
          "it to cover " + before + ", where the run before ended",
          "archive the source");
    }
    if (progress.isEmpty()) {
      return lakeEnd;
    }
    Map<Integer, Long> chosen = new TreeMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      Progress live = progress.get(partition);
      if (live == null) {
        throw notReady(
            view, "no speed state of partition " + partition, "a flush on every partition", LIVE);
      }
      long end = lakeEnd.offset(partition);
      long cut = newestCut(live.cuts(), end);
      if (cut < 0 && before.offset(partition) < live.birth()) {
        throw notReady(
            view,
            "the lake at offset " + end + " of partition " + partition,
            "it at or past the first cut " + live.cuts().get(0),
            LIVE);
      }
      chosen.put(partition, Math.max(cut, before.offset(partition)));
    }
    return Position.of(chosen);
  }

  /**
   * Whether live state with this progress can be merged to a run with this boundary, on every
   * partition: the seam rule of {@code docs/spec/speed-topic.md}.
   */
  public static boolean merges(Position boundary, Map<Integer, Progress> progress) {
    return progress.entrySet().stream()
        .allMatch(
            entry -> {
              long bound = boundary.offset(entry.getKey());
              Progress live = entry.getValue();
              return bound >= live.position() || live.cuts().contains(bound);
            });
  }

  private static long newestCut(List<Long> cuts, long end) {
    for (int i = cuts.size() - 1; i >= 0; i--) {
      if (cuts.get(i) <= end) {
        return cuts.get(i);
      }
    }
    return -1;
  }

  private static MillraceException notReady(
      ViewDefinition view, String found, String expected, String remedy) {
    return new MillraceException(
        ErrorCode.VIEW_NOT_READY,
        "cannot choose a boundary for a run of "
            + view.name()
            + ": found "
            + found
            + ", expected "
            + expected
            + "; "
            + remedy
            + ", then run again");
  }
}
