package io.millrace.control.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.Ports;
import io.millrace.testkit.Processes;
import io.millrace.testkit.TestBroker;
import io.millrace.testkit.TestConfig;
import io.millrace.testkit.TestProcess;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerMainTest {
  private static final Duration SOON = Duration.ofMinutes(3);

  @TempDir static Path dir;
  private static TestBroker broker;
  private static Processes processes;
  private static Path config;

  /** A layer that runs, and fails on purpose when a file or the name of a source says so. */
  static final class Example {
    private Example() {}

    public static void main(String[] args) {
      LayerMain.main("speed", args, Example::start);
    }

    private static Layer start(LayerContext context) {
      Path fail = context.config().dataDir().resolve("fail");
      java.util.concurrent.Executors.newSingleThreadScheduledExecutor(
              task -> {
                Thread thread = new Thread(task);
                thread.setDaemon(true);
                return thread;
              })
          .scheduleWithFixedDelay(
              () -> {
                if (Files.exists(fail)) {
                  context
                      .failure()
                      .accept(new MillraceException(ErrorCode.RUN_FAILED, "cannot go on: told so"));
                }
              },
              0,
              50,
              TimeUnit.MILLISECONDS);
      context
          .log()
          .follow(
              state -> {
                if (state.sources().containsKey("fatal")) {
                  throw new AssertionError("told so");
                }
              });
      return new Layer() {
        @Override
        public java.util.Optional<String> dead() {
          return Files.exists(context.config().dataDir().resolve("dead"))
              ? java.util.Optional.of("told so")
              : java.util.Optional.empty();
        }

        @Override
        public Map<String, String> details() {
          return Map.of("view.a.groups", "3");
        }

        @Override
        public void close() {
          System.out.println("closed cleanly");
        }
      };
    }
  }

  @BeforeAll
  static void start() {
    broker = TestBroker.start(dir.resolve("broker"));
    processes = Processes.in(dir.resolve("logs"));
    config = dir.resolve("millrace.yaml");
    TestConfig.of(broker, dir).write(config);
  }

  @AfterAll
  static void stop() {
    processes.close();
    broker.close();
  }

  @Test
  void shouldReportItselfAndCloseWhenTerminated() {
    TestProcess layer = start("terminated", "--config", config.toString());
    layer.awaitOutput("speed ready", SOON);
    try (ControlLog log = ControlLog.open(TestConfig.of(broker, dir))) {
      LayerStatus status = await(log, layer, "running");
      assertThat(status.layer()).isEqualTo("speed");
      assertThat(status.details()).containsExactly(Map.entry("view.a.groups", "3"));
      layer.terminate();
      assertThat(layer.awaitExit(SOON)).isZero();
      assertThat(layer.output()).contains("closed cleanly");
      assertThat(log.statuses(SOON))
          .as("a process that has ended in order is not heard of any more")
          .noneMatch(said -> said.instance().equals(status.instance()));
    }
  }

  @Test
  void shouldOfferItsHealthWhileItRunsAndBeforeItReachesKafka() throws Exception {
    int[] ports = Ports.free(2);
    Path waiting =
        Files.writeString(
            dir.resolve("waiting.yaml"),
            "kafka: {bootstrap.servers: \"127.0.0.1:%d\", connect.timeout: 5m}\nmonitor.port: %d"
                .formatted(ports[0], ports[1]));
    TestProcess away = start("waiting", "--config", waiting.toString());
    Eventually.await("life without Kafka", SOON, () -> status(ports[1], "/health/live") == 200);
    assertThat(status(ports[1], "/health/ready")).isEqualTo(503);
    TestProcess second = start("second", "--config", waiting.toString());
    assertThat(second.awaitExit(SOON)).isEqualTo(1);
    assertThat(second.output())
        .startsWith("cannot offer health and metrics on 127.0.0.1:" + ports[1] + ": found the");
    away.kill();

    Path own = Files.createDirectories(dir.resolve("monitored"));
    Path file = own.resolve("millrace.yaml");
    TestConfig.of(broker, own, Map.of("monitor.port", Integer.toString(ports[1]))).write(file);
    TestProcess layer = start("monitored", "--config", file.toString());
    Eventually.await("readiness", SOON, () -> status(ports[1], "/health/ready") == 200);
    assertThat(status(ports[1], "/metrics")).isEqualTo(200);
    try (ControlLog log = ControlLog.open(TestConfig.of(broker, dir))) {
      assertThat(await(log, layer, "running").details())
          .containsEntry("monitor", "http://127.0.0.1:" + ports[1]);
    }
    layer.terminate();
    assertThat(layer.awaitExit(SOON)).isZero();
    assertThatThrownBy(() -> status(ports[1], "/health/live")).isInstanceOf(IOException.class);
  }

  @Test
  void shouldSayWhatTheControlTopicHasThatItCannotRead() throws Exception {
    Path own = Files.createDirectories(dir.resolve("doubtful"));
    Path file = own.resolve("millrace.yaml");
    MillraceConfig settings = TestConfig.of(broker, own, Map.of("namespace", "doubtful"));
    settings.write(file);
    TestProcess layer = start("doubtful", "--config", file.toString());
    try (ControlLog log = ControlLog.open(settings);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                broker.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      await(log, layer, "running");
      byte[] key = "refusal/r1".getBytes(StandardCharsets.UTF_8);
      producer.send(new ProducerRecord<>("doubtful-control", key, new byte[] {1})).get();

      LayerStatus status = await(log, layer, "degraded");
      assertThat(status.errors().get("control"))
          .startsWith("cannot read all of doubtful-control: found 1 ")
          .contains("refusal/r1 at offset 0");

      producer.send(new ProducerRecord<>("doubtful-control", key, null)).get();
      assertThat(await(log, layer, "running").errors()).isEmpty();
    }
    layer.terminate();
    assertThat(layer.awaitExit(SOON)).isZero();
  }

  private static int status(int port, String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
    connection.setReadTimeout((int) SOON.toMillis());
    return connection.getResponseCode();
  }

  @Test
  void shouldEndWithItsParent() {
    TestProcess parent = processes.command("parent", List.of("sleep", "600"), Map.of());
    TestProcess layer = start("child", "--config=" + config, "--parent-pid=" + parent.pid());
    layer.awaitOutput("speed ready", SOON);
    parent.kill();
    assertThat(layer.awaitExit(SOON)).isZero();
    assertThat(layer.output()).contains("closed cleanly");
  }

  @Test
  void shouldShowTheMessageAloneWhenItFails() throws IOException {
    Path own = Files.createDirectories(dir.resolve("failing"));
    Path file = own.resolve("millrace.yaml");
    TestConfig.of(broker, own).write(file);
    TestProcess layer = start("failing", "--config", file.toString());
    layer.awaitOutput("speed ready", SOON);
    Files.createFile(own.resolve("fail"));
    assertThat(layer.awaitExit(SOON)).isEqualTo(1);
    assertThat(layer.output()).contains("cannot go on: told so").doesNotContain("\tat ");
  }

  @Test
  void shouldEndWhenItStaysDead() throws IOException {
    Path own = Files.createDirectories(dir.resolve("dying"));
    Path file = own.resolve("millrace.yaml");
    TestConfig.of(broker, own).write(file);
    TestProcess layer = start("dying", "--config", file.toString());
    Path its = Files.createDirectories(dir.resolve("deaf"));
    MillraceConfig other = TestConfig.of(broker, its, Map.of("namespace", "deaf"));
    other.write(its.resolve("millrace.yaml"));
    TestProcess deaf = start("deaf", "--config", its.resolve("millrace.yaml").toString());
    layer.awaitOutput("speed ready", SOON);
    deaf.awaitOutput("speed ready", SOON);
    try (ControlLog log = ControlLog.open(other)) {
      log.publish(
          new SourceDefinition(
              "fatal",
              "1",
              "fatal",
              ValueFormat.SINGLE_OBJECT,
              "{}",
              List.of(),
              Optional.empty(),
              Map.of()));
    }
    Files.createFile(own.resolve("dead"));

    assertThat(layer.awaitExit(DeathWatch.PATIENCE.plus(SOON))).isEqualTo(1);
    assertThat(deaf.awaitExit(SOON)).isEqualTo(1);

    assertThat(layer.output())
        .contains("cannot go on: found the speed layer dead (told so)", "closed cleanly");
    assertThat(deaf.output())
        .contains("the thread that follows the control topic has ended", "closed cleanly");
  }

  @Test
  void shouldSayWhatIsWrongBeforeItStarts() throws IOException {
    TestProcess usage = start("usage", "--confg", "x");
    assertThat(usage.awaitExit(SOON)).isEqualTo(2);
    assertThat(usage.output()).startsWith("cannot start: found '--confg'");

    Path wrong = Files.writeString(dir.resolve("wrong.yaml"), "servng.port: 1");
    TestProcess configuration = start("configuration", "--config", wrong.toString());
    assertThat(configuration.awaitExit(SOON)).isEqualTo(2);
    assertThat(configuration.output()).contains("did you mean 'serving.port'?");

    String nowhere = "127.0.0.1:" + Ports.free(1)[0];
    Path away =
        Files.writeString(
            dir.resolve("away.yaml"),
            "kafka: {bootstrap.servers: \"" + nowhere + "\", connect.timeout: 1s}");
    TestProcess unreachable = start("unreachable", "--config", away.toString());
    assertThat(unreachable.awaitExit(SOON)).isEqualTo(1);
    assertThat(unreachable.output())
        .contains("cannot reach Kafka: found no broker at " + nowhere + " within 1s")
        .doesNotContain("\tat ");
  }

  private static TestProcess start(String name, String... args) {
    return processes.java(
        name, List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"), Example.class, args);
  }

  private static LayerStatus await(ControlLog log, TestProcess layer, String state) {
    LayerStatus[] found = new LayerStatus[1];
    Eventually.await(
        "the status " + state,
        SOON,
        () -> {
          log.statuses(SOON).stream()
              .filter(s -> s.instance().endsWith(":" + layer.pid()) && s.state().equals(state))
              .forEach(s -> found[0] = s);
          return found[0] != null;
        });
    return found[0];
  }
}
