package io.millrace.serving.report;

import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.serving.live.SpeedReader;
import io.millrace.serving.view.ServedView;
import io.millrace.serving.view.ServedViews;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Whether this replica should be asked: every view that has a completed run is answered, and the
 * followers are well. Thread-safe.
 */
public final class Readiness {
  private final Supplier<ControlState> log;
  private final ServedViews views;
  private final SpeedReader follower;

  public Readiness(Supplier<ControlState> log, ServedViews views, SpeedReader follower) {
    this.log = log;
    this.views = views;
    this.follower = follower;
  }

  public ControlState state() {
    return log.get();
  }

  /** Gaps, mismatches, unreadable runs and views that do not compile, in words. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (!follower.problem().isEmpty()) {
      problems.add("cannot follow the speed topics: " + follower.problem());
    }
    for (ServedViews.Version version : views.all()) {
      version.failure().ifPresent(e -> problems.add(e.getMessage()));
      version.served().flatMap(ServedView::problem).ifPresent(e -> problems.add(e.getMessage()));
    }
    return problems;
  }

  /** Why not, in words; empty if ready. */
  public List<String> reasons() {
    List<String> reasons = new ArrayList<>();
    ControlState state = log.get();
    if (!follower.problem().isEmpty()) {
      reasons.add("cannot follow the speed topics: " + follower.problem());
    }
    List<String> names = views.names();
    for (String name :
        state.views().values().stream().map(view -> view.name()).distinct().sorted().toList()) {
      boolean completed =
          state.runs().values().stream()
              .anyMatch(
                  run ->
                      run.status() == RunRecord.Status.COMPLETED
                          && run.view().equals(name)
                          && state.views().containsKey(run.viewId()));
      if (completed && !names.contains(name)) {
        reasons.add("cannot answer view " + name + " yet: it waits to be compiled");
      } else if (completed) {
        views.answering(name).unready().ifPresent(why -> reasons.add(why.getMessage()));
      }
    }
    return reasons;
  }
}
