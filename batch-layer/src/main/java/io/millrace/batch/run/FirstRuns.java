package io.millrace.batch.run;

import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.Progress;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.ViewDefinition;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Which views still lack a run that the live state can be merged to. They run at once, and again
 * until they have one: a view that the speed layer began in the middle of the topic needs a
 * boundary at or past its birth. Not thread-safe.
 */
public final class FirstRuns {
  /** How long a view without live state is waited for while a speed layer is there. */
  private static final Duration SPEED_PATIENCE = Duration.ofSeconds(20);

  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(2);
  private static final Duration LAST_BACKOFF = Duration.ofSeconds(60);

  /** Live state may begin, or begin anew, past the boundary of the newest run. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

  private static final Duration SILENCE = Duration.ofSeconds(10);

  private final Function<ViewDefinition, Map<Integer, Progress>> live;
  private final ControlLog control;
  private final Clock clock;
  private final Set<String> ready = new HashSet<>();
  private final Map<String, Instant> seen = new HashMap<>();
  private final Map<String, Instant> notBefore = new HashMap<>();
  private final Map<String, Duration> backoff = new HashMap<>();

  /**
   * @param live what the speed layer said last of a view, by partition
   */
  public FirstRuns(
      Function<ViewDefinition, Map<Integer, Progress>> live, ControlLog control, Clock clock) {
    this.live = live;
    this.control = control;
    this.clock = clock;
  }

  /** Ids of view versions whose newest run was last seen to merge with live state. */
  public Set<String> ready() {
    return Set.copyOf(ready);
  }

  /** Names of views that are to run now. */
  public List<String> due(ControlState state) {
    Instant now = clock.instant();
    retain(state.views().keySet());
    List<String> due = new ArrayList<>();
    for (ViewDefinition view : state.currentViews()) {
      String id = view.id();
      if (now.isBefore(notBefore.getOrDefault(id, Instant.MIN))) {
        continue;
      }
      Instant since = seen.computeIfAbsent(id, key -> now);
      Map<Integer, Progress> progress = live.apply(view);
      List<RunRecord> completed = state.runs(id, Status.COMPLETED);
      if (!completed.isEmpty()
          && Boundaries.merges(completed.get(completed.size() - 1).boundary(), progress)) {
        merges(view, progress);
      } else if (progress.isEmpty()
          && now.isBefore(since.plus(SPEED_PATIENCE))
          && speedLayerRuns(now)) {
        notBefore.put(id, now.plusSeconds(1));
      } else {
        ready.remove(id);
        due.add(view.name());
      }
    }
    return due;
  }

  /** Forgets versions that are no more: one that is applied again begins anew. */
  private void retain(Set<String> ids) {
    ready.retainAll(ids);
    seen.keySet().retainAll(ids);
    notBefore.keySet().retainAll(ids);
    backoff.keySet().retainAll(ids);
  }

  public void completed(ViewDefinition view, RunRecord run) {
    Map<Integer, Progress> progress = live.apply(view);
    if (Boundaries.merges(run.boundary(), progress)) {
      merges(view, progress);
    } else {
      failed(view);
    }
  }

  private void merges(ViewDefinition view, Map<Integer, Progress> progress) {
    backoff.remove(view.id());
    notBefore.put(view.id(), clock.instant().plus(LOOK_AGAIN));
    if (!progress.isEmpty()) {
      ready.add(view.id());
    }
  }

  public void failed(ViewDefinition view) {
    Duration wait = backoff.getOrDefault(view.id(), FIRST_BACKOFF);
    notBefore.put(view.id(), clock.instant().plus(wait));
    Duration longer = wait.multipliedBy(2);
    backoff.put(view.id(), longer.compareTo(LAST_BACKOFF) < 0 ? longer : LAST_BACKOFF);
  }

  private boolean speedLayerRuns(Instant now) {
    for (LayerStatus status : control.statuses(Duration.ofSeconds(5))) {
      if (status.layer().equals("speed") && status.at().isAfter(now.minus(SILENCE))) {
        return true;
      }
    }
    return false;
  }
}
