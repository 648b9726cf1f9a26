package io.millrace.system.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Position;
import io.millrace.launcher.demo.ShopTraffic;
import io.millrace.system.Answer;
import io.millrace.system.CheckedView;
import io.millrace.system.Http;
import io.millrace.system.Installation;
import io.millrace.system.MetricNames;
import io.millrace.system.Sampler;
import io.millrace.system.TopicTail;
import io.millrace.testkit.Eventually;
import io.millrace.view.app.ApplicationFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * {@code docker-compose.yml} as README.md tells to use it: one command to start, the shop applied,
 * runs on the standalone Spark cluster, answers of two replicas behind one address held against the
 * oracle, the speed layer scaled, alerts, a broker that goes away, and nothing left behind. All of
 * it on one installation, under a traffic that never ceases.
 */
@NeedsContainers
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ComposeIT {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final long SEED = 20260131;
  private static final double RATE = 60;
  private static final int SMALL_PAGE = 7;

  /** Less than the minute for which a producer waits for a broker before it gives up. */
  private static final Duration AWAY = Duration.ofSeconds(10);

  /** View to topic. */
  private static final Map<String, String> VIEWS =
      Map.of(
          "sales_by_month", "shop.orders",
          "sales_by_hour", "shop.orders",
          "card_activity", "shop.payments",
          "trending_items", "shop.clicks");

  private Compose compose;
  private Http http;
  private Sampler sampler;
  private TopicTail<ShopOrder> orders;
  private CheckedView<ShopOrder> oracle;
  private Prometheus prometheus;
  private ShopTraffic traffic;

  @BeforeAll
  void start() throws Exception {
    Path directory = Path.of("target/compose-" + Instant.now().toEpochMilli()).toAbsolutePath();
    Path shop = Installation.home().resolve("examples/shop");
    compose =
        Compose.in(
            directory,
            Map.of(
                "BATCH_SCHEDULE_OVERRIDE",
                "0/20 * * * * ?",
                // Transactions for few events each are most of what the broker does.
                "SPEED_COMMIT_INTERVAL",
                "250ms",
                // Ten JVMs start at once.
                "JAVA_TOOL_OPTIONS",
                Installation.NOT_OPTIMISED));
    up();
    // Named, as its profile would start Grafana too, which no stand-in is made for.
    compose.run("up", "--detach", "--wait", "--no-build", "prometheus");
    prometheus = new Prometheus(compose.prometheus());
    assertThat(compose.millrace("apply", "/examples/shop")).contains("sales_by_hour", "added");
    MillraceConfig config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of("kafka.bootstrap.servers", compose.bootstrapServers()));
    http = new Http(compose.address());
    sampler = new Sampler(http);
    orders = ShopOrder.tail(compose.bootstrapServers(), shop);
    oracle = ShopOrder.salesByHour(orders.log());
    traffic = new ShopTraffic(config, ApplicationFolder.load(shop, Map.of()).sources(), RATE, SEED);
    traffic.start();
  }

  @AfterAll
  void stop() {
    for (AutoCloseable part : Arrays.asList(traffic, orders, compose)) {
      if (part != null) {
        assertThatCode(part::close).doesNotThrowAnyException();
      }
    }
  }

  @Test
  @Order(1)
  void shouldServeTheShopWhileTheSpeedLayerIsScaled() throws Exception {
    sampleUntil("a run with orders, and some pages of them", this::hasRunAndPages);
    pagesHoldTogether();

    up("--scale", "speed-layer=2");
    assertThat(running("speed-layer")).isEqualTo(2);
    progresses("with two speed layers");
    scrapes(2);
    up("--scale", "speed-layer=1");
    assertThat(running("speed-layer")).isEqualTo(1);
    progresses("with one speed layer again");
    scrapes(1);
    assertThat(compose.run("logs", "spark-master"))
        .contains("Registered app io.millrace.batch.BatchMain");
    assertThat(compose.run("logs", "spark-worker")).contains("Asked to launch executor");
  }

  /**
   * Each panel of the dashboard has something to show, and nothing is wrong that alerts tell of.
   */
  @Test
  @Order(2)
  void shouldWatchInPeace() throws Exception {
    sampleUntil("a series in every panel", prometheus::fillsEveryPanel);
    List<JsonNode> alerts = prometheus.alerts();
    assertThat(alerts).hasSizeGreaterThan(10);
    assertThat(alerts).allMatch(alert -> alert.path("health").asText().equals("ok"));
    assertThat(alerts).filteredOn(alert -> alert.path("state").asText().equals("firing")).isEmpty();
  }

  /** Prometheus' own checks of deploy/observability, and its run of {@code alerts-test.yml}. */
  @Test
  @Order(3)
  void shouldFireAndStaySilentAsTheAlertsTestsSay() throws Exception {
    String tests = MetricNames.OBSERVABILITY.resolve("alerts-test.yml").toString();
    compose.run("cp", tests, "prometheus:/prometheus/");
    assertThat(
            compose.run(
                "exec",
                "-T",
                "prometheus",
                "sh",
                "-c",
                "cd /prometheus && cp /etc/prometheus/*.yml . && promtool check config"
                    + " prometheus.yml 2>&1 && promtool test rules alerts-test.yml 2>&1"))
        .contains("prometheus.yml is valid", "SUCCESS");
  }

  @Test
  @Order(4)
  void shouldAnswerExactlyAfterTheBrokerWasStoppedAndStartedAgain() throws Exception {
    compose.run("stop", "--timeout", "30", "kafka");
    // Events are made all the while; a producer that finds no broker holds them back.
    long until = System.nanoTime() + AWAY.toNanos();
    Eventually.await(
        "the broker to be away for long enough",
        AWAY.multipliedBy(3),
        () -> System.nanoTime() > until);
    up();
    Map<String, Position> back = ends();
    sampleUntil("runs of every view over what came while the broker was away", () -> runOver(back));

    traffic.stop();
    assertThat(traffic.failure()).isEmpty();
    Map<String, Position> ends = ends();
    assertThat(
            ends.keySet().stream()
                .collect(Collectors.toMap(VIEWS::get, view -> ends.get(view).total(), Math::max))
                .values()
                .stream()
                .mapToLong(Long::longValue)
                .sum())
        .as("each event is in its topic, once")
        .isEqualTo(traffic.sent());
    sampleUntil("answers for all of it", () -> answersFor(ends));
    Answer last = http.answer("sales_by_hour");
    orders.readTo(last.live());
    assertThat(oracle.differences(last)).isEmpty();
    assertThat(sampler.differences()).isEmpty();
    assertThat(compose.millrace(verify()).lines().filter(line -> line.contains("verify: ")))
        .hasSize(VIEWS.size())
        .allMatch(line -> line.matches(".*verify: [1-9][0-9,]* rows equal, 0 differ.*"));
    System.out.printf(
        "compose: %d events, %d answers equal the oracle, %d across the seam; refused %s%n",
        traffic.sent(), oracle.checked(), sampler.withLive(), sampler.refusals());
    assertThat(oracle.checked()).isGreaterThan(30);
    assertThat(sampler.withLive()).isGreaterThan(5);
  }

  @Test
  @Order(5)
  void shouldLeaveNothingBehind() throws Exception {
    traffic.close();
    orders.close();
    compose.down();
    assertThat(compose.left()).isEmpty();
  }

  private void up(String... more) throws Exception {
    compose.run(
        Stream.concat(Stream.of("up", "--detach", "--wait", "--no-build"), Stream.of(more))
            .toArray(String[]::new));
  }

  /** Where the topic of each view ends now. */
  private Map<String, Position> ends() {
    return VIEWS.keySet().stream()
        .collect(
            Collectors.toMap(
                Function.identity(),
                view -> TopicEnds.of(compose.bootstrapServers(), VIEWS.get(view))));
  }

  private boolean runOver(Map<String, Position> records) throws Exception {
    for (String view : records.keySet()) {
      if (!http.boundary(view).covers(records.get(view))) {
        return false;
      }
    }
    return true;
  }

  private boolean answersFor(Map<String, Position> records) throws Exception {
    for (String view : records.keySet()) {
      if (!http.live(view).covers(records.get(view))) {
        return false;
      }
    }
    return true;
  }

  private static String[] verify() {
    return Stream.concat(Stream.of("verify"), VIEWS.keySet().stream()).toArray(String[]::new);
  }

  /** A cursor goes back to its replica, though the address is that of both. */
  private void pagesHoldTogether() throws Exception {
    for (int turn = 0; turn < 4; turn++) {
      Answer paged = http.answer("sales_by_month", SMALL_PAGE);
      assertThat(paged.rows()).hasSizeGreaterThan(SMALL_PAGE);
      assertThat(paged.rows()).doesNotHaveDuplicates();
    }
  }

  private boolean hasRunAndPages() throws Exception {
    return http.boundary("sales_by_hour").total() > 0
        && http.answer("sales_by_month").rows().size() > SMALL_PAGE;
  }

  /** Every replica is found and scraped, and those that are gone are not asked any more. */
  private void scrapes(int speedLayers) {
    Map<String, Integer> expected =
        Map.of("speed-layer", speedLayers, "batch-layer", 1, "serving-layer", 2, "prometheus", 1);
    sampleUntil(
        "Prometheus to scrape " + expected, () -> prometheus.healthyTargets().equals(expected));
  }

  private long running(String service) throws Exception {
    return compose
        .run("ps", "--status", "running", "--quiet", service)
        .lines()
        .filter(line -> !line.isBlank())
        .count();
  }

  private void sampleUntil(String what, Callable<Boolean> condition) {
    Eventually.await(
        what,
        PATIENCE,
        () -> {
          sampler.sample(oracle, orders);
          return condition.call();
        });
  }

  /** The topic as it ends now is answered for. */
  private void progresses(String when) {
    Position end = orders.end();
    sampleUntil("answers to go on " + when, () -> http.live("sales_by_hour").covers(end));
  }
}
