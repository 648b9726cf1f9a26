package io.millrace.control.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.Ports;
import io.millrace.testkit.TestBroker;
import io.millrace.testkit.TestConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

class KafkaControlLogTest {
  private static final Duration SOON = Duration.ofMinutes(3);

  @TempDir static Path dir;
  private static TestBroker broker;

  private MillraceConfig config;

  @BeforeAll
  static void start() {
    broker = TestBroker.start(dir.resolve("broker"));
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @BeforeEach
  void configure(TestInfo test) {
    config =
        TestConfig.of(
            broker, dir, Map.of("namespace", test.getTestMethod().orElseThrow().getName()));
  }

  @Test
  void shouldShowWritesToEveryLog() {
    try (ControlLog mine = ControlLog.open(config);
        ControlLog theirs = ControlLog.open(config)) {
      mine.publish(source("orders"));
      ViewDefinition view = view("sales", "aaaa");
      mine.publish(view);
      RunRecord run = run("r1", view, RunRecord.Status.STARTED);
      mine.publish(run);
      assertThat(mine.state().sources()).containsOnly(Map.entry("orders", source("orders")));
      assertThat(mine.state().views()).containsOnly(Map.entry("sales/aaaa", view));
      assertThat(mine.state().runs()).containsOnly(Map.entry("r1", run));
      assertThat(theirs.catchUp(SOON)).isEqualTo(mine.state());
      theirs.publish(run("r1", view, RunRecord.Status.COMPLETED));
      mine.catchUp(SOON);
      assertThat(mine.state().runs("sales/aaaa", RunRecord.Status.STARTED)).isEmpty();
      assertThat(mine.state().runs("sales/aaaa", RunRecord.Status.COMPLETED)).hasSize(1);
      theirs.forgetRun("r1");
      assertThat(theirs.state().runs()).isEmpty();
    }
  }

  @Test
  void shouldKeepViewsInTheOrderTheyWereApplied() {
    ControlState before;
    try (ControlLog log = ControlLog.open(config)) {
      log.publish(view("sales", "zzzz"));
      log.publish(view("hours", "mmmm"));
      log.publish(view("sales", "aaaa"));
      assertThat(log.state().views().keySet())
          .containsExactly("sales/zzzz", "hours/mmmm", "sales/aaaa");
      assertThat(log.state().current("sales").orElseThrow().version()).isEqualTo("aaaa");
      log.publish(view("sales", "zzzz"));
      assertThat(log.state().current("sales").orElseThrow().version()).isEqualTo("zzzz");
      log.retireView("sales/aaaa");
      assertThat(log.state().views().keySet()).containsExactly("hours/mmmm", "sales/zzzz");
      assertThat(log.state().currentViews())
          .extracting(ViewDefinition::name)
          .containsExactly("hours", "sales");
      before = log.state();
    }
    try (ControlLog reopened = ControlLog.open(config)) {
      assertThat(reopened.state()).isEqualTo(before);
      assertThat(reopened.state().views().keySet())
          .containsExactlyElementsOf(before.views().keySet());
    }
  }

  @Test
  void shouldGiveFollowersEveryNewestState() {
    List<ControlState> seen = Collections.synchronizedList(new ArrayList<>());
    try (ControlLog mine = ControlLog.open(config);
        ControlLog theirs = ControlLog.open(config)) {
      mine.follow(seen::add);
      assertThat(seen).hasSize(1);
      theirs.publish(source("a"));
      theirs.publish(source("b"));
      Eventually.await(
          "both sources",
          SOON,
          () -> seen.get(seen.size() - 1).sources().keySet().containsAll(List.of("a", "b")));
      List<Integer> sizes = seen.stream().map(state -> state.sources().size()).toList();
      assertThat(sizes).isSorted();
    }
  }

  @Test
  void shouldRefuseToWriteFromAListener() {
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    try (ControlLog log = ControlLog.open(config)) {
      log.follow(
          state -> {
            if (!state.sources().isEmpty()) {
              thrown.complete(
                  catchThrowableOfType(
                      IllegalStateException.class, () -> log.publish(source("b"))));
            }
          });
      log.publish(source("a"));
      assertThat(thrown.orTimeout(20, TimeUnit.SECONDS).join())
          .hasMessageContaining("cannot write source/b: found a listener on the following thread");
    }
  }

  @Test
  void shouldTakeWritesOfManyThreads() {
    try (ControlLog log = ControlLog.open(config)) {
      IntStream.range(0, 40)
          .parallel()
          .forEach(
              i -> {
                log.publish(source("s" + i));
                assertThat(log.state().sources()).containsKey("s" + i);
              });
      assertThat(log.state().sources()).hasSize(40);
    }
  }

  @Test
  void shouldSayWhatItCannotReadUntilItCan() throws Exception {
    try (ControlLog log = ControlLog.open(config)) {
      log.publish(source("a"));
      log.publish(source("b"));
      assertThat(log.problems()).isEmpty();
      put(config.topics().control(), "alarm/x", new byte[] {1});
      put(config.topics().control(), "source/b", "not avro".getBytes(StandardCharsets.UTF_8));
      log.publish(source("c"));
      assertThat(log.state().sources().keySet()).containsExactly("a", "b", "c");
      assertThat(log.problems()).hasSize(1);
      assertThat(log.problems().get(0))
          .startsWith(
              "cannot read all of "
                  + config.topics().control()
                  + ": found 2 unknown to this release (alarm/x at offset 2: ")
          .contains("; source/b at offset 3: ")
          .endsWith("say them anew (`millrace apply DIR`, `millrace runs VIEW`)");

      put(config.topics().control(), "alarm/x", null);
      log.publish(source("b"));
      assertThat(log.problems()).isEmpty();
    }
  }

  @Test
  void shouldGoOnWithNoOtherTopicOfTheName() throws Exception {
    String topic = config.topics().control();
    try (ControlLog log = ControlLog.open(config);
        Admin admin = broker.admin()) {
      log.publish(source("a"));
      admin.deleteTopics(List.of(topic)).all().get();
      Eventually.await("no topic", SOON, () -> !admin.listTopics().names().get().contains(topic));
      try (ControlLog another = ControlLog.open(config)) {
        another.publish(source("b"));
        Eventually.await(
            "another topic",
            SOON,
            () -> log.problems().stream().anyMatch(text -> text.contains("a topic with id ")));

        assertThat(log.problems().get(0))
            .startsWith(
                "TOPIC_CHANGED cannot go on following " + topic + ": found a topic with id ")
            .endsWith("run `millrace apply DIR`, then restart every layer");
        assertThatThrownBy(() -> log.publish(source("c"))).hasMessageContaining(topic);
        assertThatThrownBy(() -> log.catchUp(SOON)).hasMessageContaining(topic);
        assertThat(log.state().sources()).containsOnlyKeys("a");
        assertThat(log.dead()).isEmpty();
        assertThat(another.catchUp(SOON).sources()).containsOnlyKeys("b");
        assertThat(another.problems()).isEmpty();
      }
    }
  }

  @Test
  void shouldSayThatATopicMadeByHandForgets() throws Exception {
    String topic = config.topics().control();
    broker.createTopic(topic, 1, Map.of("cleanup.policy", "delete"));
    try (ControlLog log = ControlLog.open(config);
        Admin admin = broker.admin()) {
      Eventually.await("what is wrong with it", SOON, () -> !log.problems().isEmpty());
      assertThat(log.problems().get(0))
          .startsWith(
              "CONFIG_INVALID cannot rely on topic "
                  + topic
                  + ": found cleanup.policy=delete, expected compact: ");
      AlterConfigOp compact =
          new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.SET);
      admin
          .incrementalAlterConfigs(
              Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), List.of(compact)))
          .all()
          .get();
      Eventually.await("nothing wrong", SOON, () -> log.problems().isEmpty());
    }
  }

  @Test
  void shouldShowTheLastStatusOfEveryProcess() {
    try (ControlLog log = ControlLog.open(config)) {
      log.report(status("speed", "h:1", "starting"));
      Eventually.await("a status", SOON, () -> log.statuses(SOON).size() == 1);
      log.report(status("speed", "h:1", "running"));
      log.report(status("batch", "h:2", "running"));
      Eventually.await(
          "both statuses",
          SOON,
          () -> {
            log.report(status("speed", "h:1", "running"));
            return log.statuses(SOON).stream()
                .map(s -> s.layer() + " " + s.instance() + " " + s.state())
                .toList()
                .equals(List.of("batch h:2 running", "speed h:1 running"));
          });
      log.withdraw("batch", "h:2");
      Eventually.await("the other one alone", SOON, () -> log.statuses(SOON).size() == 1);
    }
  }

  @Test
  void shouldHearOfEveryProcessUntilItSaysNothingMore() {
    try (ControlLog log = ControlLog.open(config);
        ControlLog other = ControlLog.open(config)) {
      log.report(status("serving", "h:7", "running"));
      Eventually.await("the status, heard", SOON, () -> instances(other).contains("h:7"));
      HeardStatus first = heard(other, "h:7");
      assertThat(first.silence()).isBetween(Duration.ZERO, SOON);
      Eventually.await(
          "more silence", SOON, () -> heard(other, "h:7").silence().compareTo(first.silence()) > 0);
      log.withdraw("serving", "h:7");
      Eventually.await("nothing of it", SOON, () -> !instances(other).contains("h:7"));
    }
  }

  private static HeardStatus heard(ControlLog log, String instance) {
    return log.heard().orElseThrow().stream()
        .filter(said -> said.status().instance().equals(instance))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> instances(ControlLog log) {
    return log.heard().stream()
        .flatMap(List::stream)
        .map(said -> said.status().instance())
        .toList();
  }

  @Test
  void shouldHandOnRequestsUntilTheyAreAnswered() {
    Map<String, String> seen = new ConcurrentHashMap<>();
    try (ControlLog asks = ControlLog.open(config);
        ControlLog hears = ControlLog.open(config)) {
      String done = asks.requestRun("done");
      String waits = asks.requestRun("waits");
      hears.answered(done);
      hears.followRequests(seen::put);
      String id = asks.requestRun("sales");
      Eventually.await("the request", SOON, () -> seen.containsKey(id));
      assertThat(seen).containsOnly(Map.entry(waits, "waits"), Map.entry(id, "sales"));
    }
  }

  @Test
  void shouldSurviveARestartOfTheBroker() {
    try (TestBroker own = TestBroker.start(dir.resolve("own"));
        ControlLog log = ControlLog.open(TestConfig.of(own, dir))) {
      log.publish(source("a"));
      own.restart();
      log.publish(source("b"));
      assertThat(log.state().sources().keySet()).containsExactly("a", "b");
    }
  }

  @Test
  void shouldSayWhereItFoundNoBroker() {
    String nowhere = "127.0.0.1:" + Ports.free(1)[0];
    MillraceConfig wrong =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of("kafka.bootstrap.servers", nowhere, "kafka.connect.timeout", "500ms"));
    assertThatThrownBy(() -> ControlLog.open(wrong))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.BROKER_UNREACHABLE))
        .hasMessageStartingWith(
            "cannot reach Kafka: found no broker at " + nowhere + " within 500ms")
        .hasMessageEndingWith(
            "expected one that answers PLAINTEXT; start it, correct kafka.bootstrap.servers or"
                + " kafka.properties.security.protocol, or raise kafka.connect.timeout where brokers"
                + " are slow");
    assertThatThrownBy(() -> ControlLog.open(wrong.withBootstrapServers("no-such-host.invalid:1")))
        .hasMessageStartingWith(
            "cannot reach Kafka: found no broker at no-such-host.invalid:1 within 500ms");
  }

  private static void put(String topic, String key, byte[] value)
      throws ExecutionException, InterruptedException {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            broker.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), value)).get();
    }
  }

  private static SourceDefinition source(String name) {
    String schema = "{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}";
    return new SourceDefinition(
        name,
        "0123456789abcdef",
        "topic." + name,
        ValueFormat.SINGLE_OBJECT,
        schema,
        List.of(schema),
        Optional.empty(),
        Map.of("k", "v"));
  }

  private static ViewDefinition view(String name, String version) {
    return new ViewDefinition(
        name, version, "SELECT 1", source("orders"), "a comment", Map.of("schedule", "x"));
  }

  private static RunRecord run(String id, ViewDefinition view, RunRecord.Status status) {
    boolean done = status == RunRecord.Status.COMPLETED;
    return new RunRecord(
        id,
        view.name(),
        view.version(),
        RunRecord.Kind.FULL,
        status,
        Position.parse("0:12,3:4"),
        77,
        "views.sales_aaaa",
        done ? Optional.of(5L) : Optional.empty(),
        done ? 9 : -1,
        Instant.parse("2026-01-31T06:15:00.123456Z"),
        done ? Optional.of(Instant.parse("2026-01-31T06:16:00Z")) : Optional.empty(),
        "schedule",
        Optional.empty());
  }

  private static LayerStatus status(String layer, String instance, String state) {
    return new LayerStatus(
        layer, instance, state, Instant.EPOCH, Instant.EPOCH, Map.of("source.a.rejected", "3"));
  }
}
