package io.millrace.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names of metrics: those that files under deploy and docs use, and those that a scrape has. */
public final class MetricNames {
  public static final Path OBSERVABILITY = Installation.home().resolve("deploy/observability");
  static final Path DASHBOARD = OBSERVABILITY.resolve("grafana/dashboards/millrace.json");
  static final Path ALERTS = OBSERVABILITY.resolve("alerts.yml");
  static final Path ALERT_TESTS = OBSERVABILITY.resolve("alerts-test.yml");
  static final Path GUIDE = Installation.home().resolve("docs/guide/monitoring.md");

  /** What Prometheus adds of its own to every target. */
  private static final String UP = "up";

  private static final Pattern NO_NAMES =
      Pattern.compile(
          "\"[^\"]*\"|\\{[^}]*}|\\[[^]]*]|\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*(?!\\w|\\s*\\()");
  private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "offset");
  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((\\w+),");
  private static final Pattern SUFFIX = Pattern.compile("_(bucket|count|sum|max)$");
  private static final Pattern ROW = Pattern.compile("^\\|((?: `\\w+`,?)+) \\|");

  private MetricNames() {}

  public static JsonNode dashboard() throws IOException {
    return new ObjectMapper().readTree(DASHBOARD.toFile());
  }

  static List<JsonNode> alerts() throws IOException {
    return new YAMLMapper().readTree(ALERTS.toFile()).findParents("alert");
  }

  /** Of the dashboard's panels and variables, and of the alert rules. */
  static Set<String> used() throws IOException {
    Set<String> names = new TreeSet<>();
    for (String expression : dashboard().findValuesAsText("expr")) {
      names.addAll(of(expression));
    }
    for (JsonNode alert : alerts()) {
      names.addAll(of(alert.path("expr").textValue()));
    }
    for (JsonNode variable : dashboard().at("/templating/list")) {
      Matcher query = LABEL_VALUES.matcher(variable.at("/query/query").textValue());
      if (!query.find()) {
        throw new AssertionError("cannot find the metric of the variable " + variable);
      }
      names.add(query.group(1));
    }
    return names;
  }

  /** Of an expression in PromQL, without {@code up}. */
  static Set<String> of(String expression) {
    Matcher matcher = NAME.matcher(NO_NAMES.matcher(expression).replaceAll(" "));
    return matcher
        .results()
        .map(result -> result.group())
        .filter(name -> !WORDS.contains(name) && !name.equals(UP))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The first column of the guide's tables. */
  static Set<String> documented() throws IOException {
    Set<String> names = new TreeSet<>();
    for (String line : Files.readAllLines(GUIDE)) {
      Matcher row = ROW.matcher(line);
      if (row.find()) {
        for (String name : row.group(1).replace("`", "").split(",")) {
          names.add(name.strip());
        }
      }
    }
    return names;
  }

  /** Of all samples in Prometheus' text format. */
  static Set<String> scraped(String text) {
    return text.lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split("[{ ]")[0])
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** As the guide names them: without what timers and histograms put behind. */
  static Set<String> families(Set<String> names, Set<String> documented) {
    return names.stream()
        .map(
            name -> {
              String base = SUFFIX.matcher(name).replaceFirst("");
              return documented.contains(base) ? base : name;
            })
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
