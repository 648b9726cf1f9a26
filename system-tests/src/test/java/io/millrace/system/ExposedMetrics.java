package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import io.millrace.testkit.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What each layer of an installation exposes to Prometheus, scraped where it says it listens. */
final class ExposedMetrics {
  private static final Duration SOON = Duration.ofMinutes(2);

  private final HttpClient client = HttpClient.newHttpClient();
  private final Map<String, String> addresses = new TreeMap<>();

  /** Waits until every layer says where it listens. */
  ExposedMetrics(Installation installation) {
    MillraceConfig config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of("kafka.bootstrap.servers", installation.bootstrapServers()));
    try (ControlLog control = ControlLog.open(config)) {
      Eventually.await(
          "three addresses",
          SOON,
          () -> {
            // What a killed process said last is there too, for an hour.
            control.statuses(Duration.ofSeconds(5)).stream()
                .filter(status -> status.details().containsKey("monitor"))
                .sorted(Comparator.comparing(LayerStatus::at))
                .forEach(status -> addresses.put(status.layer(), status.details().get("monitor")));
            return addresses.size() == 3;
          });
    }
  }

  /** Layer to its text. */
  Map<String, String> texts() throws IOException, InterruptedException {
    Map<String, String> texts = new TreeMap<>();
    for (Map.Entry<String, String> layer : addresses.entrySet()) {
      texts.put(layer.getKey(), scrape(layer.getValue()));
    }
    return texts;
  }

  private String scrape(String address) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(address + "/metrics")).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }
}
