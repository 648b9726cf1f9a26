package io.millrace.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.ControlLog;
import io.millrace.control.MillraceConfig;
import io.millrace.control.Position;
import io.millrace.control.ValueJson;
import io.millrace.control.ViewDefinition;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.TestBroker;
import io.millrace.view.CompiledView;
import io.millrace.view.ViewCompiler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
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
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private static Path brokerDir;
  private static TestBroker broker;

  @TempDir private Path dir;
  private long seed;
  private Orders orders;
  private MillraceConfig config;
  private ControlLog log;
  private TestLake lake;
  private ServingLayer serving;
  private ApiClient api;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeAll
  static void startBroker() {
    broker = TestBroker.start(brokerDir);
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

  private CompiledView apply(ViewDefinition definition) {
    CompiledView view = ViewCompiler.compile(definition);
    SpeedTopicWriter.create(
        broker.bootstrapServers(), config.topics().speed(definition), PARTITIONS, Map.of());
    log.publish(definition);
    return view;
  }

  private SpeedTopicWriter topicOf(CompiledView view) {
    return open(
        new SpeedTopicWriter(broker.bootstrapServers(), config.topics().speed(view.definition())));
  }

  private void startServing() {
    serving = ServingLayer.start(config, log);
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
    List<JsonNode> expected = new ArrayList<>();
    for (List<Object> row : orders.rows(view, Position.empty(), answer.live())) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      for (int i = 0; i < row.size(); i++) {
        node.set(view.columns().get(i).name(), ValueJson.node(row.get(i)));
      }
      expected.add(node);
    }
    List<JsonNode> found = answer.rows();
    assertThat(found).as("seed %d at %s", seed, answer.live()).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertRow(view, found.get(i), expected.get(i));
    }
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
      assertThat(equal).as("seed %d: %s, expected %s", seed, found, expected).isTrue();
    }
  }

  private <T extends AutoCloseable> T open(T resource) {
    opened.add(resource);
    return resource;
  }
}
