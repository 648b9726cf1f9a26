package io.millrace.serving.report;

import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.serving.live.SpeedReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Whether this replica should be asked: every view that has a completed run is answered, and the
 * followers are well. Thread-safe.
 */
public final class Readiness {
  private final Supplier<ControlState> log;
  private final ViewReports reports;
  private final SpeedReader follower;

  public Readiness(Supplier<ControlState> log, ViewReports reports, SpeedReader follower) {
    this.log = log;
    this.reports = reports;
    this.follower = follower;
  }

  public ControlState state() {
    return log.get();
  }

  /** Gaps, mismatches, unreadable runs and views that do not compile, in words. */
  public List<String> problems() {
    List<String> problems = following();
    for (ViewReport view : reports.versions()) {
      view.error().ifPresent(e -> problems.add(e.getMessage()));
    }
    return problems;
  }

  /** Why not, in words; empty if ready. */
  public List<String> reasons() {
    List<String> reasons = following();
    ControlState state = log.get();
    Map<String, ViewReport> known =
        reports.answering().stream()
            .collect(Collectors.toMap(ViewReport::name, Function.identity()));
    state.views().values().stream()
        .map(view -> view.name())
        .distinct()
        .sorted()
        .filter(name -> hasRun(state, name))
        .forEach(
            name -> {
              ViewReport view = known.get(name);
              if (view == null) {
                reasons.add("cannot answer view " + name + " yet: it waits to be compiled");
              } else {
                view.unready().ifPresent(why -> reasons.add(why.getMessage()));
              }
            });
    return reasons;
  }

  private List<String> following() {
    List<String> reasons = new ArrayList<>();
    if (!follower.problem().isEmpty()) {
      reasons.add("cannot follow the speed topics: " + follower.problem());
    }
    return reasons;
  }

  private static boolean hasRun(ControlState state, String name) {
    return state.runs().values().stream()
        .anyMatch(
            run ->
                run.status() == RunRecord.Status.COMPLETED
                    && run.view().equals(name)
                    && state.views().containsKey(run.viewId()));
  }
}
