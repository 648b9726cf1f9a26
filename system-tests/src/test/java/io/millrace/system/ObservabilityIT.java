package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.ControlLog;
import io.millrace.control.LayerStatus;
import io.millrace.control.MillraceConfig;
import io.millrace.testkit.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The dashboard, the alerts and the guide name what the layers really expose, and the guide all.
 */
class ObservabilityIT {
  private static final Duration SOON = Duration.ofMinutes(4);

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void shouldFindEveryNameInWhatTheLayersExpose() throws Exception {
    Path directory = Path.of("target/metrics-" + Instant.now().toEpochMilli()).toAbsolutePath();
    Map<String, String> settings =
        Map.of("monitor.port", "0", "batch.schedule.override", "0/20 * * * * ?");
    try (Installation installation = Installation.up(directory, settings)) {
      Eventually.await(
          "the system to be up",
          SOON,
          () -> installation.http().json("/v1/health/live").has("status"));
      Installation.Ran applied =
          installation.run("apply", Installation.home().resolve("examples/shop").toString());
      assertThat(applied.exit()).as(applied.output()).isZero();
      Path orders = Files.writeString(directory.resolve("orders.jsonl"), orders(500));
      Installation.Ran produced = installation.run("produce", "orders", orders.toString());
      assertThat(produced.exit()).as(produced.output()).isZero();

      Map<String, String> addresses = addresses(installation);
      Eventually.await(
          "an audit, which the second run of a view brings",
          SOON,
          () -> scrape(addresses.get("serving")).contains("millrace_view_audit_different"));
      installation.http().answer("sales_by_hour");

      Map<String, String> texts = new TreeMap<>();
      Set<String> exposed = new TreeSet<>();
      for (Map.Entry<String, String> layer : addresses.entrySet()) {
        texts.put(layer.getKey(), scrape(layer.getValue()));
        exposed.addAll(MetricNames.scraped(texts.get(layer.getKey())));
      }
      assertThat(exposed).as("used").containsAll(MetricNames.used());
      Set<String> documented = MetricNames.documented();
      assertThat(MetricNames.families(exposed, documented))
          .as("in the guide")
          .containsAll(documented);
      assertThat(MetricNames.families(exposed, documented))
          .filteredOn(name -> name.startsWith("millrace_"))
          .as("exposed")
          .isSubsetOf(documented);
      texts.forEach(
          (layer, text) -> {
            assertThat(text).contains("process=\"" + layer + "\"");
            long series = text.lines().filter(line -> !line.startsWith("#")).count();
            System.out.printf("%s exposes %d series%n", layer, series);
            assertThat(series).as("series of %s", layer).isLessThan(2_000);
          });
      assertThat(texts.get("speed"))
          .contains("millrace_speed_records_total{source=\"orders\"} 500.0\n");
    }
  }

  private String scrape(String address) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(address + "/metrics")).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }

  /** Where each layer says that it listens. */
  private static Map<String, String> addresses(Installation installation) {
    MillraceConfig config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of("kafka.bootstrap.servers", installation.bootstrapServers()));
    Map<String, String> addresses = new TreeMap<>();
    try (ControlLog control = ControlLog.open(config)) {
      Eventually.await(
          "three addresses",
          SOON,
          () -> {
            for (LayerStatus status : control.statuses(Duration.ofSeconds(5))) {
              if (status.details().containsKey("monitor")) {
                addresses.put(status.layer(), status.details().get("monitor"));
              }
            }
            return addresses.size() == 3;
          });
    }
    return addresses;
  }

  private static String orders(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                """
                {"order_id": "o%d", "category": "books", "product": "p", "quantity": 1, \
                "unit_price": "2.50", "amount": "2.50", "status": "PAID", \
                "ordered_at": "2026-01-01T0%d:00:00Z", "country": "DE"}
                """
                    .formatted(i, i % 10))
        .collect(Collectors.joining());
  }
}
