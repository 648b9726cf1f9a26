package io.millrace.serving.report;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.control.process.GaugeTable;
import io.millrace.control.process.Metrics;
import io.millrace.serving.query.Cursors;
import io.millrace.serving.view.ViewState;
import java.util.concurrent.TimeUnit;

/**
 * What serving counts; {@code docs/guide/monitoring.md} lists it. Of its consumer, {@code
 * kafka_consumer_*} come from micrometer. Thread-safe.
 */
public final class ServingMetrics {
  private final MeterRegistry registry;
  private final Metrics metrics;
  private final ViewReports reports;
  private final GaugeTable ready;
  private final GaugeTable age;
  private final GaugeTable groups;
  private final GaugeTable swaps;
  private final GaugeTable auditGroups;
  private final GaugeTable auditDifferent;
  private final GaugeTable liveOffsets;
  private final GaugeTable problems;

  /** Adds itself to {@code metrics}, which stay the caller's. */
  public ServingMetrics(Metrics metrics, ViewReports reports, Cursors cursors) {
    this.metrics = metrics;
    this.registry = metrics.registry();
    this.reports = reports;
    ready = table("ready", "1 if the view is answered");
    age = table("age.seconds", "Age of the newest answer");
    groups = table("groups", "Groups of the run answered from");
    swaps = table("run.swaps", "Runs that took the place of another");
    auditGroups = table("audit.groups", "Groups compared by the last audit");
    auditDifferent = table("audit.different", "Groups found different by the last audit");
    liveOffsets = table("live.offsets", "Sum of the live position's offsets");
    problems = table("problem", "1 while the newest run is kept out, else 0");
    Gauge.builder("millrace.cursors.open", cursors, Cursors::open)
        .description("Positions held for cursors")
        .register(registry);
    metrics.beforeScrape(this::refresh);
  }

  public void query(String view, String layer, String outcome, long rows, long nanos) {
    Timer.builder("millrace.query")
        .description("Latency of row queries")
        .tags("view", view, "layer", layer, "outcome", outcome)
        .publishPercentileHistogram()
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
    Counter.builder("millrace.query.rows")
        .description("Rows returned")
        .tags("view", view, "layer", layer)
        .register(registry)
        .increment(rows);
  }

  public String contentType() {
    return Metrics.CONTENT_TYPE;
  }

  public String scrape() {
    return metrics.scrape();
  }

  private void refresh() {
    reports.answering().forEach(this::view);
  }

  private void view(ViewReport view) {
    String name = view.name();
    ready.row(view.ready() ? 1 : 0, "view", name);
    if (view.state() == ViewState.COMPILING || view.state() == ViewState.FAILED) {
      return;
    }
    swaps.row(view.swaps(), "view", name);
    view.groups().ifPresent(count -> groups.row(count, "view", name));
    view.audit()
        .ifPresent(
            audit -> {
              auditGroups.row(audit.groups(), "view", name);
              auditDifferent.row(audit.different(), "view", name);
            });
    String code = view.problem().map(problem -> problem.code().name()).orElse("none");
    problems.row(code.equals("none") ? 0 : 1, "view", name, "code", code);
    view.standing()
        .ifPresent(
            standing -> {
              age.row(standing.ageMs() / 1e3, "view", name);
              liveOffsets.row(standing.live().total(), "view", name);
            });
  }

  private GaugeTable table(String name, String description) {
    return metrics.table("millrace.view." + name, description);
  }
}
