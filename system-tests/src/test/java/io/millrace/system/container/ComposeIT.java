package io.millrace.system.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.launcher.demo.ShopTraffic;
import io.millrace.system.Answer;
import io.millrace.system.CheckedView;
import io.millrace.system.Http;
import io.millrace.system.Installation;
import io.millrace.system.Sampler;
import io.millrace.system.TopicTail;
import io.millrace.testkit.Eventually;
import io.millrace.view.app.ApplicationFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docker-compose.yml} as README.md tells to use it: one command to start, the shop applied,
 * runs on the standalone Spark cluster, answers of two replicas behind one address held against the
 * oracle, the speed layer scaled, and nothing left behind.
 */
@NeedsContainers
class ComposeIT {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final long SEED = 20260131;
  private static final double RATE = 60;
  private static final int SMALL_PAGE = 7;
  private static final List<String> VIEWS =
      List.of("sales_by_month", "sales_by_hour", "card_activity", "trending_items");

  private Compose compose;
  private Http http;
  private Sampler sampler;
  private TopicTail<ShopOrder> orders;
  private CheckedView<ShopOrder> oracle;
  private Prometheus prometheus;

  @Test
  void shouldServeTheShopFromOneCommandAndLeaveNothingBehind() throws Exception {
    Path directory = Path.of("target/compose-" + Instant.now().toEpochMilli()).toAbsolutePath();
    Path shop = Installation.home().resolve("examples/shop");
    try (Compose project =
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
                Installation.NOT_OPTIMISED))) {
      compose = project;
      compose.run("up", "--detach", "--wait", "--no-build");
      // Named, as its profile would start Grafana too, which no stand-in is made for.
      compose.run("up", "--detach", "--wait", "--no-build", "prometheus");
      prometheus = new Prometheus(compose.prometheus());
      assertThat(compose.millrace("apply", "/examples/shop")).contains("sales_by_hour", "added");

      MillraceConfig config =
          MillraceConfig.load(
              Optional.empty(),
              Map.of(),
              Map.of("kafka.bootstrap.servers", compose.bootstrapServers()));
      List<SourceDefinition> sources = ApplicationFolder.load(shop, Map.of()).sources();
      http = new Http(compose.address());
      sampler = new Sampler(http);
      try (ShopTraffic traffic = new ShopTraffic(config, sources, RATE, SEED);
          TopicTail<ShopOrder> topic = ShopOrder.tail(compose.bootstrapServers(), shop)) {
        orders = topic;
        oracle = ShopOrder.salesByHour(topic.log());
        traffic.start();
        sampleUntil("a run with orders, and some pages of them", this::hasRunAndPages);
        pagesHoldTogether();

        compose.run("up", "--detach", "--wait", "--no-build", "--scale", "speed-layer=2");
        assertThat(running("speed-layer")).isEqualTo(2);
        progresses("with two speed layers");
        scrapes(2);
        compose.run("up", "--detach", "--wait", "--no-build", "--scale", "speed-layer=1");
        assertThat(running("speed-layer")).isEqualTo(1);
        progresses("with one speed layer again");
        scrapes(1);

        traffic.stop();
        assertThat(traffic.failure()).isEmpty();
        progresses("to the end");
        Answer last = http.answer("sales_by_hour");
        topic.readTo(last.live());
        assertThat(oracle.differences(last)).isEmpty();
        assertThat(sampler.differences()).isEmpty();
        assertThat(compose.millrace(verify()).lines().filter(line -> line.contains("verify: ")))
            .hasSize(VIEWS.size())
            .allMatch(line -> line.matches(".*verify: [1-9][0-9,]* rows equal, 0 differ.*"));
        watchesInPeace();
        assertThat(compose.run("logs", "spark-master"))
            .contains("Registered app io.millrace.batch.BatchMain");
        assertThat(compose.run("logs", "spark-worker")).contains("Asked to launch executor");
        System.out.printf(
            "compose: %d events, %d answers equal the oracle, %d across the seam; refused %s%n",
            traffic.sent(), oracle.checked(), sampler.withLive(), sampler.refusals());
        assertThat(oracle.checked()).isGreaterThan(30);
        assertThat(sampler.withLive()).isGreaterThan(5);
      }
      compose.down();
      assertThat(compose.left()).isEmpty();
    }
  }

  private static String[] verify() {
    return Stream.concat(Stream.of("verify"), VIEWS.stream()).toArray(String[]::new);
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

  /**
   * Each panel of the dashboard has something to show, and nothing is wrong that alerts tell of.
   */
  private void watchesInPeace() throws Exception {
    sampleUntil("a series in every panel", prometheus::fillsEveryPanel);
    List<JsonNode> alerts = prometheus.alerts();
    assertThat(alerts).hasSizeGreaterThan(10);
    assertThat(alerts).allMatch(alert -> alert.path("health").asText().equals("ok"));
    assertThat(alerts).filteredOn(alert -> alert.path("state").asText().equals("firing")).isEmpty();
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
