package io.millrace.serving.report;

import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.serving.live.SpeedReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Whether this replica should be asked. Each view that has a completed run is ready or not by
 * itself. The replica as a whole <i>arrives</i> once each of them is answered, or has a problem
 * that waiting does not end, or {@link #ARRIVAL} after it could answer one; from then on it is
 * ready for as long as it can answer any: a fault that every replica has must not leave a balancer
 * with none. Thread-safe.
 */
public final class Readiness {
  /** A new replica is waited for no longer than this once it can answer something. */
  static final Duration ARRIVAL = Duration.ofMinutes(2);

  /**
   * One view that has a completed run.
   *
   * @param unready why it is not answered; empty if it is
   */
  public record View(String name, Optional<String> unready) {}

  /**
   * What is said of the whole.
   *
   * @param ready whether the replica should be asked
   * @param views each view that has a completed run
   * @param reasons all that is not as it should be, in words
   */
  public record Answer(boolean ready, List<View> views, List<String> reasons) {}

  private final Supplier<ControlState> log;
  private final ViewReports reports;
  private final SpeedReader follower;
  private final LongSupplier nanoTime;
  private boolean arrived;
  private Optional<Long> firstAnswerNanos = Optional.empty();

  public Readiness(
      Supplier<ControlState> log,
      ViewReports reports,
      SpeedReader follower,
      LongSupplier nanoTime) {
    this.log = log;
    this.reports = reports;
    this.follower = follower;
    this.nanoTime = nanoTime;
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

  /** How it is now. */
  public synchronized Answer now() {
    List<String> reasons = following();
    List<View> views = new ArrayList<>();
    boolean waits = !reasons.isEmpty();
    Map<String, ViewReport> known =
        reports.answering().stream()
            .collect(Collectors.toMap(ViewReport::name, Function.identity()));
    for (String name : namesWithRuns(log.get())) {
      ViewReport view = known.get(name);
      Optional<String> unready =
          view == null
              ? Optional.of("cannot answer view " + name + " yet: it waits to be compiled")
              : view.unready().map(Throwable::getMessage);
      views.add(new View(name, unready));
      unready.ifPresent(reasons::add);
      waits |= unready.isPresent() && (view == null || view.error().isEmpty());
    }
    return new Answer(ready(views, waits), views, reasons);
  }

  private boolean ready(List<View> views, boolean waits) {
    boolean any = views.isEmpty() || views.stream().anyMatch(view -> view.unready().isEmpty());
    if (!any) {
      arrived = false;
      firstAnswerNanos = Optional.empty();
      return false;
    }
    long now = nanoTime.getAsLong();
    if (firstAnswerNanos.isEmpty()) {
      firstAnswerNanos = Optional.of(now);
    }
    arrived = arrived || !waits || now - firstAnswerNanos.get() > ARRIVAL.toNanos();
    return arrived;
  }

  private List<String> following() {
    List<String> reasons = new ArrayList<>();
    if (!follower.problem().isEmpty()) {
      reasons.add("cannot follow the speed topics: " + follower.problem());
    }
    return reasons;
  }

  private static List<String> namesWithRuns(ControlState state) {
    return state.runs().values().stream()
        .filter(run -> run.status() == RunRecord.Status.COMPLETED)
        .filter(run -> state.views().containsKey(run.viewId()))
        .map(RunRecord::view)
        .distinct()
        .sorted()
        .toList();
  }
}
