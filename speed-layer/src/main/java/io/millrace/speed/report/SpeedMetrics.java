package io.millrace.speed.report;

import io.millrace.control.model.ViewDefinition;
import io.millrace.control.process.GaugeTable;
import io.millrace.control.process.Metrics;
import io.millrace.speed.streams.SourceEnd;
import io.millrace.speed.streams.SourceEnds;
import io.millrace.speed.streams.SourceStream;
import io.millrace.speed.view.ViewStatus;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Metric;
import org.apache.kafka.streams.KafkaStreams;

/**
 * What this process keeps, brought up to date for each scrape. The broker is not asked: ends of
 * topics are those that the status was last made of. Of Kafka Streams' own metrics only commits are
 * here: the others have labels per thread, task and client, hundreds for each source.
 */
public final class SpeedMetrics {
  private static final Set<KafkaStreams.State> STATES =
      Set.of(
          KafkaStreams.State.CREATED,
          KafkaStreams.State.REBALANCING,
          KafkaStreams.State.RUNNING,
          KafkaStreams.State.ERROR);

  private final Followed followed;
  private final SourceEnds ends;
  private final GaugeTable lag;
  private final GaugeTable flushAge;
  private final GaugeTable streamState;
  private final GaugeTable threads;
  private final CommitCounters committed;
  private final GaugeTable commitAverage;
  private final GaugeTable commitMax;
  private final GaugeTable groups;
  private final GaugeTable hotGroups;
  private final GaugeTable hotBytes;
  private final GaugeTable bytes;
  private final GaugeTable segments;
  private final GaugeTable failed;
  private final GaugeTable errors;

  /** Adds itself to {@code metrics}. */
  public SpeedMetrics(Followed followed, SourceEnds ends, Metrics metrics) {
    this.followed = followed;
    this.ends = ends;
    lag = metrics.table("millrace.speed.lag.records", "Offsets not in the live state yet");
    flushAge = metrics.table("millrace.speed.flush.age.seconds", "Time since the last flush");
    streamState = metrics.table("millrace.speed.stream.state", "1 for Kafka Streams' state");
    threads = metrics.table("millrace.speed.stream.threads", "Stream threads that live");
    committed = new CommitCounters(metrics.registry());
    commitAverage =
        metrics.table(
            "millrace.speed.commit.latency.avg.seconds", "Commits of the last 30 s, on average");
    commitMax = metrics.table("millrace.speed.commit.latency.max.seconds", "The slowest of them");
    groups = metrics.table("millrace.speed.view.groups", "Groups in all segments together");
    hotGroups = metrics.table("millrace.speed.view.hot.groups", "Groups on the heap");
    hotBytes = metrics.table("millrace.speed.view.hot.bytes", "About what groups take on the heap");
    bytes = metrics.table("millrace.speed.view.bytes", "Encoded states and keys");
    segments = metrics.table("millrace.speed.view.segments", "Segments of all partitions");
    failed =
        metrics.table(
            "millrace.speed.view.failed.records", "Records that the view could not take in");
    errors =
        metrics.table("millrace.speed.error", "1 while a source or view is not followed, else 0");
    metrics.beforeScrape(this::refresh);
  }

  private void refresh() {
    Set<String> failing = followed.errors().get().keySet();
    Set<String> all = new TreeSet<>(failing);
    followed
        .streams()
        .get()
        .forEach(
            (source, stream) -> {
              all.add("source." + source);
              stream.feed().views().views().forEach(view -> all.add("view." + view.name()));
            });
    for (String key : all) {
      int dot = key.indexOf('.');
      String name = key.substring(dot + 1);
      errors.row(failing.contains(key) ? 1 : 0, "kind", key.substring(0, dot), "name", name);
    }
    Map<String, View> views = new TreeMap<>();
    Map<String, SourceStream> streams = followed.streams().get();
    committed.retain(streams.keySet());
    streams.forEach((source, stream) -> source(source, stream, views));
    views.forEach(
        (name, view) -> {
          groups.row(view.groups, "view", name);
          hotGroups.row(view.hot, "view", name);
          hotBytes.row(view.hotBytes, "view", name);
          bytes.row(view.bytes, "view", name);
          segments.row(view.segments, "view", name);
          failed.row(view.failed, "view", name);
        });
  }

  private void source(String source, SourceStream stream, Map<String, View> views) {
    Map<Integer, SourceEnd> known = ends.known(stream.feed().settings().topic());
    long nowMs = stream.feed().settings().clock().millis();
    Map<String, String> names = new TreeMap<>();
    for (ViewDefinition view : stream.feed().views().views()) {
      names.put(view.id(), view.name());
    }
    stream
        .feed()
        .statuses()
        .forEach(
            (partition, task) -> {
              String p = Integer.toString(partition);
              SourceEnd end = known.get(partition);
              if (end != null) {
                lag.row(end.lag(task.position()), "source", source, "partition", p);
              }
              flushAge.row(
                  Math.max(0, nowMs - task.flushedAtMs()) / 1e3, "source", source, "partition", p);
              task.views()
                  .forEach(
                      (id, view) -> {
                        if (names.containsKey(id)) {
                          views.computeIfAbsent(names.get(id), name -> new View()).add(view);
                        }
                      });
            });
    KafkaStreams.State now = stream.state();
    for (KafkaStreams.State state : STATES) {
      streamState.row(
          state == now ? 1 : 0, "source", source, "state", state.name().toLowerCase(Locale.ROOT));
    }
    threads.row(stream.threads(), "source", source);
    commits(source, stream);
  }

  private void commits(String source, SourceStream stream) {
    double average = Double.NaN;
    double max = Double.NaN;
    Map<String, Double> totals = new HashMap<>();
    for (Metric metric : stream.metrics()) {
      if (metric.metricName().group().equals("stream-thread-metrics")
          && metric.metricValue() instanceof Double value) {
        switch (metric.metricName().name()) {
          case "commit-total" -> totals.put(metric.metricName().tags().get("thread-id"), value);
          case "commit-latency-avg" -> average = larger(average, value);
          case "commit-latency-max" -> max = larger(max, value);
          default -> {}
        }
      }
    }
    committed.count(source, totals);
    commitAverage.row(average / 1e3, "source", source);
    commitMax.row(max / 1e3, "source", source);
  }

  /** The larger of two, of which either may be NaN: no commit lately. */
  private static double larger(double a, double b) {
    return Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.max(a, b);
  }

  /** All partitions and versions of a view together. */
  private static final class View {
    private long groups;
    private long hot;
    private long hotBytes;
    private long bytes;
    private long segments;
    private long failed;

    private void add(ViewStatus part) {
      groups += part.groups();
      hot += part.hot();
      hotBytes += part.hotBytes();
      bytes += part.bytes();
      segments += part.segments();
      failed += part.failed();
    }
  }
}
