package io.millrace.batch.report;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.batch.archive.ArchiveLag;
import io.millrace.batch.schedule.Schedules;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import io.millrace.control.process.GaugeTable;
import io.millrace.control.process.Metrics;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the driver does, as metrics. What is said of last runs is what the control topic says, so
 * that a restart forgets none.
 */
public final class BatchMetrics {
  private final MeterRegistry registry;
  private final Supplier<ControlState> control;
  private final Function<ViewDefinition, String> cron;
  private final BatchStatus status;
  private final ArchiveLag lag;
  private final Clock clock;
  private final GaugeTable lastRun;
  private final GaugeTable lastDuration;
  private final GaugeTable lastRows;
  private final GaugeTable overdue;
  private final GaugeTable active;
  private final GaugeTable archived;
  private final GaugeTable rejected;
  private final GaugeTable behind;
  private final GaugeTable archivedAt;
  private final GaugeTable failed;
  private final GaugeTable errors;

  /** Adds itself to {@code metrics}. */
  public BatchMetrics(
      Metrics metrics,
      Supplier<ControlState> control,
      Function<ViewDefinition, String> cron,
      BatchStatus status,
      ArchiveLag lag,
      Clock clock) {
    this.registry = metrics.registry();
    this.control = control;
    this.cron = cron;
    this.status = status;
    this.lag = lag;
    this.clock = clock;
    lastRun =
        metrics.table(
            "millrace.batch.last.run.timestamp.seconds", "When the last completed run finished");
    lastDuration =
        metrics.table("millrace.batch.last.run.duration.seconds", "How long that run took");
    lastRows = metrics.table("millrace.batch.last.run.rows", "Rows of that run");
    overdue =
        metrics.table(
            "millrace.batch.run.overdue.seconds",
            "Time since the schedule asked for a run that has not completed");
    active = metrics.table("millrace.batch.runs.active", "Runs under way in this process");
    archived = metrics.table("millrace.batch.archived.records", "Good records in the lake");
    rejected = metrics.table("millrace.batch.rejected.records", "Rejected records in the lake");
    behind = metrics.table("millrace.batch.archive.lag.records", "Offsets not in the lake yet");
    archivedAt =
        metrics.table(
            "millrace.batch.archive.timestamp.seconds", "When the source was last archived");
    failed =
        metrics.table(
            "millrace.batch.last.run.failed.records",
            "Records that the last run of this process left out as the view throws on them");
    errors = metrics.table("millrace.batch.error", "1 while the last attempt failed, else 0");
    metrics.beforeScrape(this::refresh);
  }

  /**
   * @param outcome {@code completed} or {@code failed}
   */
  public void ran(String view, String trigger, String outcome, Duration took) {
    Timer.builder("millrace.batch.run")
        .description("Runs that ended, and how long they took")
        .tags("view", view, "trigger", trigger, "outcome", outcome)
        .register(registry)
        .record(took);
  }

  private void refresh() {
    Instant now = clock.instant();
    ControlState state = control.get();
    for (ViewDefinition view : state.currentViews()) {
      List<RunRecord> completed = state.runs(view.id(), RunRecord.Status.COMPLETED);
      if (!completed.isEmpty()) {
        view(view, completed.get(completed.size() - 1), now);
      }
    }
    active.row(status.running().size());
    status.failed().forEach((view, records) -> failed.row(records, "view", view));
    status
        .archived()
        .forEach(
            (source, last) -> {
              archived.row(last.result().rows(), "source", source);
              rejected.row(last.result().rejected(), "source", source);
              archivedAt.row(seconds(last.at()), "source", source);
              lag.behind(source, last.result().position())
                  .ifPresent(offsets -> behind.row(offsets, "source", source));
            });
    errors(state);
  }

  private void errors(ControlState state) {
    Set<String> failing = status.failing();
    Set<String> all = new TreeSet<>(failing);
    state.currentViews().forEach(view -> all.add("view." + view.name()));
    state.sources().keySet().forEach(source -> all.add("source." + source));
    for (String what : all) {
      int dot = what.indexOf('.');
      String kind = dot < 0 ? what : what.substring(0, dot);
      String name = dot < 0 ? "" : what.substring(dot + 1);
      errors.row(failing.contains(what) ? 1 : 0, "kind", kind, "name", name);
    }
  }

  private void view(ViewDefinition view, RunRecord last, Instant now) {
    lastRows.row(last.rows(), "view", view.name());
    last.finishedAt()
        .ifPresent(
            finished -> {
              lastRun.row(seconds(finished), "view", view.name());
              lastDuration.row(
                  Duration.between(last.startedAt(), finished).toMillis() / 1e3,
                  "view",
                  view.name());
            });
    overdue.row(
        Schedules.next(cron.apply(view), last.startedAt())
            .map(due -> Math.max(0, Duration.between(due, now).toMillis() / 1e3))
            .orElse(0.0),
        "view",
        view.name());
  }

  private static double seconds(Instant at) {
    return at.toEpochMilli() / 1e3;
  }
}
