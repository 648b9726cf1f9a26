package io.millrace.serving;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.control.MillraceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What serving counts, in the Prometheus text format. Thread-safe.
 *
 * <ul>
 *   <li>{@code millrace_query_seconds{view,layer,outcome}}: latency of row queries
 *   <li>{@code millrace_query_rows_total{view,layer}}
 *   <li>{@code millrace_view_ready}, {@code _age_seconds}, {@code _groups}, {@code _run_swaps},
 *       {@code _audit_groups}, {@code _audit_different}, {@code _live_offsets{view}}
 *   <li>{@code millrace_view_problem{view,code}}: 1 while something keeps the newest run out
 *   <li>{@code millrace_cursors_open}
 *   <li>{@code kafka_consumer_*}: among them the lag of following
 * </ul>
 */
final class ServingMetrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ServedViews views;
  private final MultiGauge ready = gauge("ready", "1 if the view is answered");
  private final MultiGauge age = gauge("age.seconds", "Age of the newest answer");
  private final MultiGauge groups = gauge("groups", "Groups of the run answered from");
  private final MultiGauge swaps = gauge("run.swaps", "Runs that took the place of another");
  private final MultiGauge auditGroups = gauge("audit.groups", "Groups compared by the last audit");
  private final MultiGauge auditDifferent =
      gauge("audit.different", "Groups found different by the last audit");
  private final MultiGauge liveOffsets =
      gauge("live.offsets", "Sum of the live position's offsets");
  private final MultiGauge problems = gauge("problem", "1 while the newest run is kept out");

  ServingMetrics(ServedViews views, Cursors cursors) {
    this.views = views;
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    Gauge.builder("millrace.cursors.open", cursors, Cursors::open)
        .description("Positions held for cursors")
        .register(registry);
  }

  PrometheusMeterRegistry registry() {
    return registry;
  }

  void query(String view, String layer, String outcome, int rows, long nanos) {
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

  String contentType() {
    return "text/plain; version=0.0.4; charset=utf-8";
  }

  String scrape() {
    List<MultiGauge.Row<?>> readyRows = new ArrayList<>();
    List<MultiGauge.Row<?>> ageRows = new ArrayList<>();
    List<MultiGauge.Row<?>> groupRows = new ArrayList<>();
    List<MultiGauge.Row<?>> swapRows = new ArrayList<>();
    List<MultiGauge.Row<?>> auditGroupRows = new ArrayList<>();
    List<MultiGauge.Row<?>> auditDifferentRows = new ArrayList<>();
    List<MultiGauge.Row<?>> liveRows = new ArrayList<>();
    List<MultiGauge.Row<?>> problemRows = new ArrayList<>();
    for (String name : views.names()) {
      Tags tags = Tags.of("view", name);
      ServedViews.Version version = views.answering(name);
      readyRows.add(MultiGauge.Row.of(tags, version.unready().isEmpty() ? 1 : 0));
      if (version.served().isEmpty()) {
        continue;
      }
      ServedView view = version.served().get();
      swapRows.add(MultiGauge.Row.of(tags, view.runs().swaps()));
      view.runs().answered().ifPresent(run -> groupRows.add(MultiGauge.Row.of(tags, run.groups())));
      view.runs()
          .lastAudit()
          .ifPresent(
              audit -> {
                auditGroupRows.add(MultiGauge.Row.of(tags, audit.groups()));
                auditDifferentRows.add(MultiGauge.Row.of(tags, audit.different()));
              });
      view.runs()
          .problem()
          .ifPresent(
              problem ->
                  problemRows.add(MultiGauge.Row.of(tags.and("code", problem.code().name()), 1)));
      try (ViewPin pin = view.pin(QueryLayer.MERGED)) {
        ageRows.add(
            MultiGauge.Row.of(
                tags, pin.ageMs(QueryLayer.MERGED, System.currentTimeMillis()) / 1e3));
        liveRows.add(MultiGauge.Row.of(tags, pin.seam().live().total()));
      } catch (MillraceException e) {
        // Not ready, which millrace_view_ready says; it has no age and no position.
        continue;
      }
    }
    ready.register(readyRows, true);
    age.register(ageRows, true);
    groups.register(groupRows, true);
    swaps.register(swapRows, true);
    auditGroups.register(auditGroupRows, true);
    auditDifferent.register(auditDifferentRows, true);
    liveOffsets.register(liveRows, true);
    problems.register(problemRows, true);
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }

  private MultiGauge gauge(String name, String description) {
    return MultiGauge.builder("millrace.view." + name).description(description).register(registry);
  }
}
