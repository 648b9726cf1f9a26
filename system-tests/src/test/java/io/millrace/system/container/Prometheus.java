package io.millrace.system.container;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.system.Http;
import io.millrace.system.MetricNames;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A running Prometheus with the configuration of deploy/observability, by its HTTP API. */
final class Prometheus {
  private final Http http;

  /**
   * @param address such as {@code http://127.0.0.1:9090}
   */
  Prometheus(String address) {
    this.http = new Http(address);
  }

  /** Job to how many of its targets were scraped with success last. */
  Map<String, Integer> healthyTargets() throws IOException, InterruptedException {
    Map<String, Integer> healthy = new TreeMap<>();
    for (JsonNode target : http.json("/api/v1/targets").at("/data/activeTargets")) {
      if (target.path("health").asText().equals("up")) {
        healthy.merge(target.at("/labels/job").asText(), 1, Integer::sum);
      }
    }
    return healthy;
  }

  /** Alert rules that were evaluated, each with its name, health, state and labels. */
  List<JsonNode> alerts() throws IOException, InterruptedException {
    List<JsonNode> alerts = new ArrayList<>();
    for (JsonNode group : http.json("/api/v1/rules?type=alert").at("/data/groups")) {
      group
          .path("rules")
          .forEach(
              rule -> {
                if (!rule.path("lastEvaluation").asText().startsWith("0001")) {
                  alerts.add(rule);
                }
              });
    }
    return alerts;
  }

  /**
   * Whether every expression of the dashboard finds a series now.
   *
   * @throws IllegalStateException with those that do not
   */
  boolean fillsEveryPanel() throws IOException, InterruptedException {
    List<String> empty = new ArrayList<>();
    for (JsonNode panel : MetricNames.dashboard().path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        String expression =
            target.path("expr").asText().replace("$view", ".*").replace("$__rate_interval", "40s");
        JsonNode answer =
            http.json(
                "/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
        if (answer.at("/data/result").isEmpty()) {
          empty.add(panel.path("title").asText() + ": " + expression);
        }
      }
    }
    if (!empty.isEmpty()) {
      throw new IllegalStateException("found no series for " + empty);
    }
    return true;
  }
}
