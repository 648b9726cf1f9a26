package io.millrace.speed;

import io.millrace.control.RunRecord;
import io.millrace.control.ViewDefinition;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the control topic says of one source's views. Immutable.
 *
 * @param views every version that is live, in the order they were applied
 * @param runs started and completed runs of these versions
 */
record SourceViews(List<ViewDefinition> views, List<RunRecord> runs) {
  static final SourceViews NONE = new SourceViews(List.of(), List.of());

  SourceViews {
    views = List.copyOf(views);
    runs = List.copyOf(runs);
  }

  /** Offset on {@code partition} of the boundary of the view's newest completed run. */
  Optional<Long> completedBoundary(String viewId, int partition) {
    List<Long> completed = boundaries(viewId, partition, RunRecord.Status.COMPLETED);
    return completed.isEmpty() ? Optional.empty() : Optional.of(completed.get(0));
  }

  LiveView.RunBoundaries boundaries(String viewId, int partition) {
    List<Long> completed = boundaries(viewId, partition, RunRecord.Status.COMPLETED);
    Set<Long> kept = new HashSet<>(completed.subList(0, Math.min(2, completed.size())));
    kept.addAll(boundaries(viewId, partition, RunRecord.Status.STARTED));
    long forgetBelow = completed.size() < 2 ? -1 : Math.min(completed.get(0), completed.get(1));
    return new LiveView.RunBoundaries(kept, forgetBelow);
  }

  /** Newest run first. */
  private List<Long> boundaries(String viewId, int partition, RunRecord.Status status) {
    return runs.stream()
        .filter(run -> run.status() == status && run.viewId().equals(viewId))
        .sorted(Comparator.comparing(RunRecord::runId).reversed())
        .map(run -> run.boundary().offset(partition))
        .toList();
  }
}
