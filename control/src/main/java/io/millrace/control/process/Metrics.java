package io.millrace.control.process;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one process measures, in the Prometheus text format: the JVM and the process from the start,
 * and what its layer adds. {@code docs/guide/monitoring.md} lists every name. Thread-safe.
 */
public final class Metrics implements AutoCloseable {
  /** Of {@link #scrape}. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final Logger LOG = LoggerFactory.getLogger(Metrics.class);
  private static final String BUILD = "build.properties";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics garbage = new JvmGcMetrics();
  private final List<Runnable> refreshes = new CopyOnWriteArrayList<>();
  private final List<GaugeTable> tables = new CopyOnWriteArrayList<>();

  private Metrics() {}

  /**
   * @param process what it is the metrics of: {@code speed}, {@code batch} or {@code serving}
   */
  public static Metrics of(String process) {
    Metrics metrics = new Metrics();
    MeterRegistry registry = metrics.registry;
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    metrics.garbage.bindTo(registry);
    Gauge.builder("millrace.build.info", () -> 1)
        .description("1; the labels say what runs")
        .tags("process", process, "version", version(), "java", System.getProperty("java.version"))
        .register(registry);
    return metrics;
  }

  /** Where a layer registers what it measures. */
  public MeterRegistry registry() {
    return registry;
  }

  /**
   * Gauges whose labels come and go, for a refresh to fill.
   *
   * @param name with dots: {@code millrace.speed.lag.records} is scraped as {@code
   *     millrace_speed_lag_records}
   */
  public GaugeTable table(String name, String description) {
    GaugeTable table = new GaugeTable(registry, name, description);
    tables.add(table);
    return table;
  }

  /**
   * Has {@code refresh} called before every {@link #scrape}, to fill the tables. Calls never
   * overlap. It must not wait for other processes.
   */
  public void beforeScrape(Runnable refresh) {
    refreshes.add(refresh);
  }

  /** All there is now. A refresh that fails is logged; what it did not say is missing. */
  public synchronized String scrape() {
    for (Runnable refresh : refreshes) {
      try {
        refresh.run();
      } catch (RuntimeException e) {
        LOG.warn("Some metrics are not up to date", e);
      }
    }
    tables.forEach(GaugeTable::publish);
    return registry.scrape();
  }

  @Override
  public void close() {
    garbage.close();
    registry.close();
  }

  private static String version() {
    Properties build = new Properties();
    try (InputStream in = Metrics.class.getResourceAsStream(BUILD)) {
      build.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + BUILD, e);
    }
    return build.getProperty("version");
  }
}
