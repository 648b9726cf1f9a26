package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The files of deploy/observability, by themselves; {@link RealFilesIT} has the real layers. */
class ObservabilityTest {
  @Test
  void shouldFindTheNamesInAnExpression() {
    assertThat(
            MetricNames.of(
                "histogram_quantile(0.9, sum by (le, view) (rate(a_bucket{view=~\"$view\"}[5m])))"
                    + " > 2 * b_seconds and absent(up{job=\"x\"}) or time() - max without (c) (d)"))
        .containsExactly("a_bucket", "b_seconds", "d");
  }

  @Test
  void shouldUseNoMetricThatTheGuideDoesNotExplain() throws IOException {
    Set<String> documented = MetricNames.documented();
    assertThat(documented).hasSizeGreaterThan(40);
    Set<String> used = MetricNames.used();
    assertThat(used).hasSizeGreaterThan(20);
    assertThat(documented).containsAll(MetricNames.families(used, documented));
  }

  @Test
  void shouldSayInEveryAlertWhatToDo() throws IOException {
    List<JsonNode> alerts = MetricNames.alerts();
    assertThat(alerts).hasSizeGreaterThan(10);
    for (JsonNode alert : alerts) {
      String name = alert.path("alert").textValue();
      assertThat(name).startsWith("Millrace");
      assertThat(alert.at("/labels/severity").textValue()).as(name).isIn("critical", "warning");
      assertThat(alert.at("/annotations/summary").textValue())
          .as(name)
          .containsPattern("[a-z]: |\\. [A-Z`]|; ");
    }
    assertThat(alerts.stream().map(alert -> alert.path("alert").textValue()))
        .doesNotHaveDuplicates();
  }

  @Test
  void shouldTestEveryAlertBothFiringAndSilent() throws IOException {
    Set<String> firing = new TreeSet<>();
    Set<String> silent = new TreeSet<>();
    new YAMLMapper()
        .readTree(MetricNames.ALERT_TESTS.toFile())
        .findParents("alertname")
        .forEach(
            test ->
                (test.path("exp_alerts").isEmpty() ? silent : firing)
                    .add(test.path("alertname").textValue()));
    Set<String> alerts = new TreeSet<>();
    MetricNames.alerts().forEach(alert -> alerts.add(alert.path("alert").textValue()));
    assertThat(firing).isEqualTo(alerts);
    assertThat(silent).isEqualTo(alerts);
  }

  @Test
  void shouldExplainEveryPanelAndAskTheProvisionedSource() throws IOException {
    String uid =
        new YAMLMapper()
            .readTree(
                MetricNames.OBSERVABILITY
                    .resolve("grafana/provisioning/datasources/prometheus.yml")
                    .toFile())
            .at("/datasources/0/uid")
            .textValue();
    List<Integer> ids = new ArrayList<>();
    Set<String> cells = new TreeSet<>();
    for (JsonNode panel : MetricNames.dashboard().path("panels")) {
      String title = panel.path("title").textValue();
      ids.add(panel.path("id").intValue());
      for (int x = 0; x < panel.at("/gridPos/w").intValue(); x++) {
        for (int y = 0; y < panel.at("/gridPos/h").intValue(); y++) {
          int column = panel.at("/gridPos/x").intValue() + x;
          assertThat(column).as(title).isLessThan(24);
          assertThat(cells.add(column + "/" + (panel.at("/gridPos/y").intValue() + y)))
              .as("%s covers another panel", title)
              .isTrue();
        }
      }
      if (!Set.of("row", "text").contains(panel.path("type").textValue())) {
        assertThat(panel.path("description").asText()).as(title).hasSizeGreaterThan(20);
        assertThat(panel.path("targets")).as(title).isNotEmpty();
        assertThat(panel.findValuesAsText("uid")).as(title).isNotEmpty().containsOnly(uid);
      }
    }
    assertThat(ids).doesNotHaveDuplicates();
  }

  @Test
  void shouldScrapeEveryReplicaOfEveryLayer() throws IOException {
    JsonNode config =
        new YAMLMapper().readTree(MetricNames.OBSERVABILITY.resolve("prometheus.yml").toFile());
    List<String> targets = new ArrayList<>();
    config
        .path("scrape_configs")
        .forEach(
            job ->
                job.path("dns_sd_configs")
                    .forEach(
                        dns ->
                            targets.add(
                                job.path("job_name").textValue()
                                    + "="
                                    + dns.at("/names/0").textValue()
                                    + ":"
                                    + dns.path("port").intValue())));
    assertThat(targets)
        .containsExactly(
            "speed-layer=speed-layer:9464",
            "batch-layer=batch-layer:9464",
            "serving-layer=serving-layer:8080");
    assertThat(config.at("/rule_files/0").textValue())
        .isEqualTo(MetricNames.ALERTS.getFileName().toString());
  }
}
