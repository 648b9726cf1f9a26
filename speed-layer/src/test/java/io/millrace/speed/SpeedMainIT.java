package io.millrace.speed;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.SpeedRecords;
import io.millrace.control.model.ViewDefinition;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.Ports;
import io.millrace.testkit.Processes;
import io.millrace.testkit.SpeedTopicReader;
import io.millrace.testkit.TestBroker;
import io.millrace.testkit.TestConfig;
import io.millrace.testkit.TestProcess;
import io.millrace.view.GroupState;
import io.millrace.view.ViewProgram;
import io.millrace.view.compile.ViewCompiler;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process itself, with the real engine and control topic, ended in both ways. */
class SpeedMainIT {
  private static final Duration SOON = Duration.ofMinutes(3);

  @TempDir static Path dir;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final Map<String, List<Long>> expected = new TreeMap<>();
  private long produced;

  @Test
  void shouldLoseAndDoubleNothingWhenKilledOrEnded() throws Exception {
    try (TestBroker broker = TestBroker.start(dir.resolve("broker"))) {
      int port = Ports.free(1)[0];
      MillraceConfig config =
          TestConfig.of(
              broker,
              dir.resolve("data"),
              Map.of("speed.cut.interval", "1s", "monitor.port", Integer.toString(port)));
      Path file = dir.resolve("millrace.yaml");
      Files.writeString(file, config.toYaml());
      Orders orders = Orders.on("shop.orders");
      ViewDefinition view = orders.byHour();
      broker.createTopic("shop.orders", 4);
      try (ControlLog control = ControlLog.open(config);
          Processes processes = Processes.in(dir.resolve("logs"));
          KafkaProducer<byte[], byte[]> producer =
              new KafkaProducer<>(
                  broker.clientProperties(),
                  new ByteArraySerializer(),
                  new ByteArraySerializer())) {
        TestProcess first = speed(processes, "first", file);
        control.publish(orders.source());
        control.publish(view);
        awaitTopic(broker, config.topics().speed(view));
        try (SpeedTopicReader reader =
            new SpeedTopicReader(
                broker.clientProperties(), config.topics().speed(view), SpeedRecords::decode)) {
          produce(producer, 20_000);
          awaitCount(reader, view);
          produce(producer, 20_000);
          first.kill();
          produce(producer, 20_000);
          long restartedNs = System.nanoTime();
          TestProcess second = speed(processes, "second", file);
          second.awaitOutput("speed ready", SOON);
          long readyNs = System.nanoTime();
          awaitCount(reader, view);
          System.out.printf(
              "after kill -9: ready %d ms after the start of the process, caught up %d ms later%n",
              (readyNs - restartedNs) / 1_000_000, (System.nanoTime() - readyNs) / 1_000_000);
          produce(producer, 20_000);
          awaitRunning(control);
          second.terminate();
          assertThat(second.awaitExit(SOON)).as(second.output()).isZero();
          TestProcess third = speed(processes, "third", file);
          produce(producer, 20_000);
          awaitCount(reader, view);
          assertMetrics(port);
          third.terminate();
          assertThat(third.awaitExit(SOON)).as(third.output()).isZero();
        }
      }
    }
  }

  /**
   * Of the process that took in the last 20,000 records and what the one before left of its own.
   */
  private void assertMetrics(int port) throws IOException, InterruptedException {
    String nothingLags =
        IntStream.range(0, 4)
            .mapToObj(
                p -> "millrace_speed_lag_records{partition=\"" + p + "\",source=\"orders\"} 0.0\n")
            .collect(Collectors.joining());
    Eventually.await("no lag", SOON, () -> get(port, "/metrics").body().contains(nothingLags));
    String metrics = get(port, "/metrics").body();
    assertThat(metrics)
        .contains("millrace_speed_rejected_records_total{source=\"orders\"} 0.0\n")
        .contains("millrace_speed_stream_state{source=\"orders\",state=\"running\"} 1.0\n")
        .contains("millrace_speed_stream_threads{source=\"orders\"} 1.0\n")
        .contains("millrace_layer_state{state=\"running\"} 1.0\n")
        .contains("millrace_build_info{", "jvm_memory_used_bytes{", "process_cpu_usage ")
        .contains("millrace_speed_error{kind=\"view\",name=\"by_hour\"} 0.0\n");
    double records = value(metrics, "millrace_speed_records_total{source=\"orders\"}");
    assertThat(records).isBetween(20_000.0, 40_000.0);
    assertThat(value(metrics, "millrace_speed_flush_records_sum{source=\"orders\"}"))
        .isEqualTo(records);
    assertThat(value(metrics, "millrace_speed_commits_total{source=\"orders\"}")).isPositive();
    assertThat(value(metrics, "millrace_speed_view_groups{view=\"by_hour\"}"))
        .isGreaterThanOrEqualTo(expected.size());
    assertThat(value(metrics, "millrace_speed_states_written_total{source=\"orders\"}"))
        .isGreaterThanOrEqualTo(expected.size());
    assertThat(
            value(metrics, "millrace_speed_flush_age_seconds{partition=\"0\",source=\"orders\"}"))
        .isLessThan(30);
    assertThat(get(port, "/health/live").statusCode()).isEqualTo(200);
    assertThat(get(port, "/health/ready").statusCode()).isEqualTo(200);
  }

  private static double value(String metrics, String series) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("found no " + series + " in\n" + metrics));
  }

  private static HttpResponse<String> get(int port, String path)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static TestProcess speed(Processes processes, String name, Path config) {
    return processes.java(
        name, List.of("-Xmx512m"), SpeedMain.class, "--config", config.toString());
  }

  private void produce(KafkaProducer<byte[], byte[]> producer, int count) {
    for (int i = 0; i < count; i++) {
      Orders.Order order = Orders.Order.random(random, produced++);
      producer.send(new ProducerRecord<>("shop.orders", random.nextInt(4), null, order.toBytes()));
      if (order.paid()) {
        expected.merge(
            order.group(),
            List.of(1L, 2L * order.quantity()),
            (a, b) -> List.of(a.get(0) + b.get(0), a.get(1) + b.get(1)));
      }
    }
    producer.flush();
  }

  private void awaitCount(SpeedTopicReader reader, ViewDefinition view) {
    Eventually.await(
        "all records in the speed topic, seed " + seed,
        SOON,
        () -> {
          reader.poll(Duration.ofMillis(200), (partition, replica) -> {});
          return reader.positions().values().stream().mapToLong(Long::longValue).sum() == produced;
        });
    ViewProgram program = ViewCompiler.compile(view).newProgram();
    Map<String, List<Long>> live = new TreeMap<>();
    reader
        .states()
        .forEach(
            (key, states) -> {
              GroupState total = program.newState();
              states.forEach(state -> program.merge(total, program.decodeState(state)));
              List<Object> row = program.evaluate(key.array(), total).orElseThrow();
              live.put(groupOf(row), List.of((Long) row.get(3), Math.round((Double) row.get(4))));
            });
    assertThat(live).as("seed %d", seed).isEqualTo(expected);
  }

  private static String groupOf(List<Object> row) {
    Map<?, ?> hour = (Map<?, ?>) row.get(2);
    Instant start = (Instant) hour.get("start");
    return row.get(0).toString().substring("category-".length())
        + "/"
        + row.get(1).toString().substring("region-".length())
        + "/"
        + start.atZone(ZoneOffset.UTC).getHour();
  }

  private static void awaitRunning(ControlLog control) {
    Eventually.await(
        "the status to say running",
        SOON,
        () ->
            control.statuses(Duration.ofSeconds(5)).stream()
                .filter(s -> s.layer().equals("speed") && s.state().equals("running"))
                .map(LayerStatus::details)
                .anyMatch(
                    d ->
                        d.containsKey("source.orders.position")
                            && d.containsKey("view.by_hour.groups")));
  }

  private static void awaitTopic(TestBroker broker, String topic) {
    try (var admin = broker.admin()) {
      Eventually.await(
          "topic " + topic, SOON, () -> admin.listTopics().names().get().contains(topic));
    }
  }
}
