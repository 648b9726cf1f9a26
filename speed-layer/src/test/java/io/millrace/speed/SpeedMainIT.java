package io.millrace.speed;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.ControlLog;
import io.millrace.control.LayerStatus;
import io.millrace.control.MillraceConfig;
import io.millrace.control.SpeedRecords;
import io.millrace.control.ViewDefinition;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.Processes;
import io.millrace.testkit.SpeedTopicReader;
import io.millrace.testkit.TestBroker;
import io.millrace.testkit.TestConfig;
import io.millrace.testkit.TestProcess;
import io.millrace.view.GroupState;
import io.millrace.view.ViewCompiler;
import io.millrace.view.ViewProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process itself, with the real engine and control topic, ended in both ways. */
class SpeedMainIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir static Path dir;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final Map<String, List<Long>> expected = new TreeMap<>();
  private long produced;

  @Test
  void shouldLoseAndDoubleNothingWhenKilledOrEnded() throws IOException {
    try (TestBroker broker = TestBroker.start(dir.resolve("broker"))) {
      MillraceConfig config =
          TestConfig.of(broker, dir.resolve("data"), Map.of("speed.cut.interval", "1s"));
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
          assertThat(second.awaitExit(Duration.ofSeconds(10))).as(second.output()).isZero();
          TestProcess third = speed(processes, "third", file);
          produce(producer, 20_000);
          awaitCount(reader, view);
          third.terminate();
          assertThat(third.awaitExit(Duration.ofSeconds(10))).as(third.output()).isZero();
        }
      }
    }
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
