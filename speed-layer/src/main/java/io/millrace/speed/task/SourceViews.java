package io.millrace.speed.task;

import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.ViewDefinition;
import io.millrace.speed.view.RunBoundaries;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What the control topic says of one source's views. Immutable.
 *
 * @param views every version that is live, in the order they were applied
 * @param runs started and completed runs of these versions
 * @param refused ids of those runs that failed their audit
 * @param bases ids of those runs that answers may stand on
 * @param topics the topics there are for the tasks to write to
 * @param standings what serving replicas stand on
 */
public record SourceViews(
    List<ViewDefinition> views,
    List<RunRecord> runs,
    Set<String> refused,
    Set<String> bases,
    WrittenTopics topics,
    Standings standings) {
  static final SourceViews NONE =
      new SourceViews(
          List.of(), List.of(), Set.of(), Set.of(), WrittenTopics.UNKNOWN, Standings.UNKNOWN);

  public SourceViews {
    views = List.copyOf(views);
    runs = List.copyOf(runs);
    refused = Set.copyOf(refused);
    bases = Set.copyOf(bases);
  }

  /** Offset on {@code partition} of the boundary of the view's newest completed run. */
  Optional<Long> completedBoundary(String viewId, int partition) {
    return boundaries(viewId, partition, run -> run.status() == Status.COMPLETED).stream()
        .findFirst();
  }

  /**
   * The boundaries that runs need: of the two newest that answers may stand on, of the two newest
   * sound ones, one of which is taken on trust if nobody compares any for long, of the newest run
   * even if it was refused (it may be accepted yet), and of those under way. Only runs that answers
   * may stand on let anything be forgotten: what comes after them is compared with them, however
   * many have completed meanwhile. Nor does any run while a serving replica stands on an earlier
   * boundary, or while it is not known what they stand on.
   */
  RunBoundaries boundaries(String viewId, int partition) {
    List<Long> based = boundaries(viewId, partition, run -> bases.contains(run.runId()));
    List<Long> sound =
        boundaries(
            viewId,
            partition,
            run -> run.status() == Status.COMPLETED && !refused.contains(run.runId()));
    Set<Long> kept = new HashSet<>(sound.subList(0, Math.min(2, sound.size())));
    kept.addAll(based.subList(0, Math.min(2, based.size())));
    completedBoundary(viewId, partition).ifPresent(kept::add);
    kept.addAll(boundaries(viewId, partition, run -> run.status() == Status.STARTED));
    long forgetBelow =
        based.size() < 2 || !standings.known() ? -1 : Math.min(based.get(0), based.get(1));
    for (Position stoodOn : standings.of(viewId)) {
      kept.add(stoodOn.offset(partition));
      forgetBelow = Math.min(forgetBelow, stoodOn.offset(partition));
    }
    return new RunBoundaries(kept, forgetBelow);
  }

  /** Newest run first. */
  private List<Long> boundaries(String viewId, int partition, Predicate<RunRecord> which) {
    return runs.stream()
        .filter(run -> run.viewId().equals(viewId))
        .filter(which)
        .sorted(Comparator.comparing(RunRecord::runId).reversed())
        .map(run -> run.boundary().offset(partition))
        .toList();
  }
}
