package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.Position;
import io.millrace.control.model.ValueJson;
import io.millrace.control.model.ViewDefinition;
import io.millrace.control.process.Metrics;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.TestBroker;
import io.millrace.view.CompiledView;
import io.millrace.view.compile.ViewCompiler;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** A replica on a real broker and a real lake, asked over HTTP. */
final class ServingIT {
  private static final int PARTITIONS = 3;
  private static final int FLUSHES_PER_LOOK = 10;
  private static final Duration SOON = Duration.ofMinutes(3);

  @TempDir private static Path brokerDir;
  private static TestBroker broker;

  @TempDir private Path dir;
  private long seed;
  private Orders orders;
  private MillraceConfig config;
  private ControlLog log;
  private TestLake lake;
  private ServingLayer serving;
  private Metrics metrics;
  private ApiClient api;
  private final Map<String, List<JsonNode>> oracle = new HashMap<>();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeAll
  static void startBroker() {
    broker = TestBroker.start(brokerDir, Map.of("log.cleaner.backoff.ms", "200"));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void start(TestInfo test) {
    seed = new Random().nextLong();
    System.out.println(test.getDisplayName() + " seed " + seed);
    orders = new Orders(PARTITIONS, seed);
    Path warehouse = dir.resolve("lake");
    config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of(
                "namespace",
                "t" + Long.toHexString(seed),
                "data.dir",
                dir.toString(),
                "kafka.bootstrap.servers",
                broker.bootstrapServers(),
                "serving.port",
                "0"));
    lake = open(new TestLake(warehouse));
    log = open(ControlLog.open(config));
    startServing();
  }

  @AfterEach
  void stop() throws Exception {
    serving.close();
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
    opened.clear();
  }

  @Test
  void shouldMergeBatchAndLiveStateAtEveryNamedPosition() {
    CompiledView view = apply(Orders.view("by_day", Orders.BY_DAY));
    LiveModel live = new LiveModel(view, orders);
    SpeedTopicWriter topic = topicOf(view);
    orders.add(500);
    topic.write(live.advance());
    Position boundary = live.cut();
    topic.write(live.advance());
    log.publish(lake.run(view, orders, boundary));
    awaitRun(view, boundary);
    for (int round = 0; round < 10; round++) {
      orders.add(100);
      topic.write(live.advance());
      awaitLive(view, live.position());
      assertEqualsOracle(view, api.get("/v1/views/by_day/rows?limit=10000"));
    }
    assertThat(api.get("/v1/health/ready").status()).isEqualTo(200);
  }

  @Test
  void shouldEqualTheOracleInEveryAnswerWhileRunsSwap() throws Exception {
    CompiledView view = apply(Orders.view("by_day", Orders.BY_DAY));
    LiveModel live = new LiveModel(view, orders);
    SpeedTopicWriter topic = topicOf(view);
    orders.add(500);
    Position boundary = nextRun(view, live, topic);
    awaitRun(view, boundary);
    AtomicBoolean done = new AtomicBoolean();
    Queue<ApiClient.Answer> answers = new ConcurrentLinkedQueue<>();
    List<Thread> askers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Thread asker =
          new Thread(
              () -> {
                while (!done.get() || answers.size() < 300) {
                  answers.add(api.get("/v1/views/by_day/rows?limit=10000"));
                }
              });
      asker.start();
      askers.add(asker);
    }

    Position before = boundary;
    for (int round = 0; round < 9; round++) {
      orders.add(60);
      topic.write(live.advance());
      Position next = nextRun(view, live, topic);
      awaitRun(view, next);
      for (int p = 0; p < PARTITIONS; p++) {
        topic.write(live.forget(p, before.offset(p)));
      }
      before = next;
    }
    done.set(true);
    for (Thread asker : askers) {
      asker.join();
    }

    Set<String> runs = new HashSet<>();
    for (ApiClient.Answer answer : answers) {
      assertEqualsOracle(view, answer);
      runs.add(answer.runId());
    }
    System.out.println(
        answers.size() + " answers equal the oracle, across " + runs.size() + " runs");
    assertThat(answers).hasSizeGreaterThanOrEqualTo(300);
    assertThat(runs).hasSizeGreaterThan(5);
    assertThat(api.get("/v1/views/by_day").body().at("/audit/outcome").asText()).isEqualTo("EQUAL");
  }

  @Test
  void shouldTakeNothingOfAbortedOrUnfinishedFlushes() {
    CompiledView view = apply(Orders.view("by_day", Orders.BY_DAY));
    LiveModel live = new LiveModel(view, orders);
    SpeedTopicWriter topic = topicOf(view);
    orders.add(200);
    Position boundary = nextRun(view, live, topic);
    awaitRun(view, boundary);
    orders.add(100);
    LiveModel.Flush first = live.advance(0, orders.end(0));
    LiveModel.Flush second = live.advance(1, orders.end(1));

    topic.abort(first);
    topic.write(second);

    Position expected = boundary.with(1, orders.end(1));
    awaitLive(view, expected);
    assertEqualsOracle(view, api.get("/v1/views/by_day/rows?limit=10000"));
    topic.write(first);
    awaitLive(view, expected.with(0, orders.end(0)));
    assertEqualsOracle(view, api.get("/v1/views/by_day/rows?limit=10000"));
  }

  @Test
  void shouldBuildItselfAgainAfterARestartFromACompactedTopic() {
    ViewDefinition definition = Orders.view("by_day", Orders.BY_DAY);
    CompiledView view =
        apply(
            definition,
            Map.of(
                "segment.bytes",
                "1048576",
                "segment.ms",
                "200",
                "min.cleanable.dirty.ratio",
                "0.01"));
    LiveModel live = new LiveModel(view, orders);
    SpeedTopicWriter topic = topicOf(view);
    orders.add(200);
    Position boundary = nextRun(view, live, topic);
    awaitRun(view, boundary);
    AtomicLong written = new AtomicLong();
    Eventually.await(
        "the topic to be compacted",
        SOON.multipliedBy(2),
        () -> {
          for (int flush = 0; flush < FLUSHES_PER_LOOK; flush++) {
            orders.add(20);
            List<LiveModel.Flush> flushes = live.advance();
            topic.write(flushes);
            flushes.forEach(it -> written.addAndGet(it.changes().size() + 1));
          }
          return written.get() > 2 * records(config.topics().speed(definition));
        });
    serving.close();
    orders.add(50);
    topic.write(live.advance());

    startServing();

    awaitLive(view, live.position());
    assertEqualsOracle(view, api.get("/v1/views/by_day/rows?limit=10000"));
  }

  @Test
  void shouldAnswerFromTheOldVersionUntilTheNewOneIsReady() {
    ViewDefinition old = Orders.view("sales", Orders.BY_DAY);
    CompiledView oldView = apply(old);
    LiveModel oldLive = new LiveModel(oldView, orders);
    SpeedTopicWriter oldTopic = topicOf(oldView);
    orders.add(200);
    awaitRun(oldView, nextRun(oldView, oldLive, oldTopic));
    Position birth = orders.end();
    ViewDefinition changed =
        Orders.view("sales", "SELECT category, max(amount) AS most FROM orders GROUP BY category");
    CompiledView view = apply(changed);
    LiveModel live = new LiveModel(view, orders, birth);
    SpeedTopicWriter topic = topicOf(view);
    orders.add(100);
    topic.write(live.advance());
    oldTopic.write(oldLive.advance());
    awaitLive(oldView, orders.end());
    assertThat(api.get(rows(view)).body().get("version").asText()).isEqualTo(old.version());
    // A run that ends before the new version was born cannot be merged with it.
    log.publish(lake.run(view, orders, Position.parse("0:1,1:1,2:1")));
    Eventually.await(
        "the gap to be shown",
        SOON,
        () ->
            api.get("/v1/views/sales").body().at("/versions/0/reason").asText().contains("waits"));
    assertThat(api.get(rows(view)).body().get("version").asText()).isEqualTo(old.version());

    Position boundary = nextRun(view, live, topic);
    Eventually.await(
        "the new version to answer",
        SOON,
        () -> api.get(rows(view)).body().get("version").asText().equals(changed.version()));
    assertThat(api.get(rows(view)).boundary()).isEqualTo(boundary);
    assertEqualsOracle(view, api.get("/v1/views/sales/rows?limit=10000"));
    log.retireView(old.id());
    Eventually.await(
        "the old version to be let go",
        SOON,
        () -> api.get("/v1/views/sales").body().get("versions").size() == 1);
    assertEqualsOracle(view, api.get("/v1/views/sales/rows?limit=10000"));
  }

  @Test
  void shouldFillItsLocalStoreAgainByItselfOnceThatIsGone() throws IOException {
    CompiledView view = apply(Orders.view("by_day", Orders.BY_DAY));
    LiveModel live = new LiveModel(view, orders);
    SpeedTopicWriter topic = topicOf(view);
    orders.add(500);
    Position boundary = nextRun(view, live, topic);
    awaitRun(view, boundary);

    Path store = config.dataDir().resolve("serving");
    try (Stream<Path> files = Files.walk(store)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
    orders.add(100);
    boundary = nextRun(view, live, topic);

    awaitRun(view, boundary);
    assertThat(store).as("made anew").isDirectory();
    orders.add(100);
    topic.write(live.advance());
    awaitLive(view, live.position());
    assertEqualsOracle(view, api.get("/v1/views/by_day/rows?limit=10000"));
    assertThat(serving.dead()).isEmpty();
  }

  @Test
  void shouldRefuseAPortAndADirectoryThatAreInUse() {
    int port = serving.uri().getPort();
    assertThatThrownBy(
            () ->
                ServingLayer.start(
                    config(Map.of("serving.port", Integer.toString(port), "data.dir", dir + "/2")),
                    log,
                    "here:1",
                    metrics))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PORT_IN_USE))
        .hasMessageStartingWith("cannot serve on 127.0.0.1:" + port + ": found the address in use")
        .hasMessageEndingWith("set serving.port to another port");
    assertThatThrownBy(() -> ServingLayer.start(config, log, "here:1", metrics))
        .hasMessage(
            "cannot open the local store "
                + config.dataDir().resolve("serving")
                + ": found it in use by another serving process, expected it free; stop that"
                + " process or set data.dir to another directory");
  }

  @Test
  void shouldOnlyRead() {
    assertThat(api.send("POST", "/v1/views").statusCode()).isEqualTo(405);
    assertThat(api.send("HEAD", "/v1/views").statusCode()).isEqualTo(200);
    assertThat(api.send("GET", "/v1/views?x=%ff").statusCode()).isEqualTo(400);
  }

  @Test
  void shouldStartAsAProcessAndEndWhenToldTo() throws Exception {
    Path yaml = dir.resolve("process.yaml");
    MillraceConfig own = config(Map.of("data.dir", dir.resolve("process").toString()));
    Files.writeString(yaml, own.toYaml());
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-opens") || argument.startsWith("-Duser."))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            ServingMain.class.getName(),
            "--config",
            yaml.toString(),
            "--parent-pid",
            Long.toString(ProcessHandle.current().pid())));
    Process process =
        new ProcessBuilder(command).redirectError(dir.resolve("process.log").toFile()).start();
    opened.add(process::destroyForcibly);
    try (BufferedReader out = process.inputReader()) {
      assertThat(out.lines().anyMatch("serving ready"::equals)).isTrue();
      LayerStatus status =
          log.statuses(SOON).stream()
              .filter(said -> said.layer().equals("serving") && said.state().equals("running"))
              .findFirst()
              .orElseThrow();
      ApiClient client = new ApiClient(URI.create(status.details().get("url")));
      assertThat(client.get("/v1/health/live").status()).isEqualTo(200);
      try (Connection postgres =
              DriverManager.getConnection(
                  "jdbc:postgresql://" + status.details().get("pgwire") + "/millrace?user=me");
          ResultSet one = postgres.createStatement().executeQuery("SELECT 1 AS one")) {
        assertThat(one.next()).isTrue();
        assertThat(one.getInt("one")).isEqualTo(1);
      }

      process.destroy();

      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    }
  }

  /** Live state to the end of the orders, a cut there, and a run at the cut. */
  private Position nextRun(CompiledView view, LiveModel live, SpeedTopicWriter topic) {
    topic.write(live.advance());
    Position boundary = live.cut();
    topic.write(live.advance());
    log.publish(lake.run(view, orders, boundary));
    return boundary;
  }

  /** How many records a reader of the whole topic is given. */
  private static long records(String topic) {
    Map<String, Object> properties = new HashMap<>(broker.clientProperties());
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> all =
          IntStream.range(0, PARTITIONS).mapToObj(p -> new TopicPartition(topic, p)).toList();
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      long count = 0;
      while (all.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        count += consumer.poll(Duration.ofMillis(100)).count();
      }
      return count;
    }
  }

  private CompiledView apply(ViewDefinition definition) {
    return apply(definition, Map.of());
  }

  private CompiledView apply(ViewDefinition definition, Map<String, String> topicSettings) {
    CompiledView view = ViewCompiler.compile(definition);
    SpeedTopicWriter.create(
        broker.bootstrapServers(), config.topics().speed(definition), PARTITIONS, topicSettings);
    log.publish(definition);
    return view;
  }

  private SpeedTopicWriter topicOf(CompiledView view) {
    return open(
        new SpeedTopicWriter(broker.bootstrapServers(), config.topics().speed(view.definition())));
  }

  private MillraceConfig config(Map<String, String> more) {
    Map<String, String> settings =
        new HashMap<>(
            Map.of(
                "namespace",
                "t" + Long.toHexString(seed),
                "data.dir",
                dir.toString(),
                "kafka.bootstrap.servers",
                broker.bootstrapServers(),
                "serving.port",
                "0"));
    settings.putAll(more);
    return MillraceConfig.load(Optional.empty(), Map.of(), settings);
  }

  private void startServing() {
    metrics = Metrics.of("serving");
    serving = ServingLayer.start(config, log, "here:1", metrics);
    api = new ApiClient(serving.uri());
  }

  private void awaitRun(CompiledView view, Position boundary) {
    Eventually.await(
        "an answer from the run at " + boundary,
        SOON,
        () -> {
          ApiClient.Answer answer = api.get(rows(view));
          return answer.status() == 200 && answer.boundary().equals(boundary);
        });
  }

  private void awaitLive(CompiledView view, Position live) {
    Eventually.await("an answer at " + live, SOON, () -> api.get(rows(view)).live().equals(live));
  }

  private static String rows(CompiledView view) {
    return "/v1/views/" + view.definition().name() + "/rows?limit=1";
  }

  private void assertEqualsOracle(CompiledView view, ApiClient.Answer answer) {
    assertThat(answer.status()).as("seed %d %s", seed, answer.body()).isEqualTo(200);
    List<JsonNode> expected =
        oracle.computeIfAbsent(
            view.definition().id() + " at " + answer.live(), at -> expected(view, answer.live()));
    List<JsonNode> found = answer.rows();
    assertThat(found).as("seed %d at %s", seed, answer.live()).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertRow(view, found.get(i), expected.get(i));
    }
  }

  private List<JsonNode> expected(CompiledView view, Position live) {
    List<JsonNode> expected = new ArrayList<>();
    for (List<Object> row : orders.rows(view, Position.empty(), live)) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      for (int i = 0; i < row.size(); i++) {
        node.set(view.columns().get(i).name(), ValueJson.node(row.get(i)));
      }
      expected.add(node);
    }
    return expected;
  }

  /** Equal, exactly or, for floating point, up to the order of additions. */
  private void assertRow(CompiledView view, JsonNode found, JsonNode expected) {
    for (CompiledView.Column column : view.columns()) {
      JsonNode a = found.get(column.name());
      JsonNode b = expected.get(column.name());
      boolean equal =
          a.equals(b)
              || (!column.exact()
                  && a.isNumber()
                  && Math.abs(a.asDouble() - b.asDouble()) <= 1e-9 * Math.abs(b.asDouble()));
      if (!equal) {
        throw new AssertionError("seed " + seed + ": " + found + ", expected " + expected);
      }
    }
  }

  private <T extends AutoCloseable> T open(T resource) {
    opened.add(resource);
    return resource;
  }
}
