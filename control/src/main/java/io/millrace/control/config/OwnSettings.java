package io.millrace.control.config;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Settings of Kafka and Spark that Millrace's guarantees rest on. They are refused where settings
 * are handed over as they are: with another value nothing would fail, but numbers would be wrong.
 */
final class OwnSettings {
  private static final List<String> PREFIXES =
      List.of(
          "consumer.",
          "main.consumer.",
          "restore.consumer.",
          "global.consumer.",
          "producer.",
          "admin.");

  private static final String ONCE =
      "Millrace counts each record exactly once, which rests on its own value";
  private static final String GROUP = "it names the group, and with it what has been counted";
  private static final String SKIPS = "a record that is skipped here would be in Spark's runs";
  private static final String BYTES = "Millrace reads and writes bytes";
  private static final String ALIKE = "both layers must compute by the same rules";

  private static final Map<String, String> KAFKA =
      Map.ofEntries(
          Map.entry("bootstrap.servers", "kafka.bootstrap.servers has it"),
          Map.entry("isolation.level", ONCE),
          Map.entry("enable.auto.commit", ONCE),
          Map.entry("auto.offset.reset", ONCE),
          Map.entry("enable.idempotence", ONCE),
          Map.entry("acks", ONCE),
          Map.entry("transactional.id", ONCE),
          Map.entry("group.id", GROUP),
          Map.entry("group.instance.id", GROUP),
          Map.entry("allow.auto.create.topics", "a topic that is deleted must not come back empty"),
          Map.entry("key.serializer", BYTES),
          Map.entry("value.serializer", BYTES),
          Map.entry("key.deserializer", BYTES),
          Map.entry("value.deserializer", BYTES));

  private static final Map<String, String> STREAMS =
      Map.ofEntries(
          Map.entry("processing.guarantee", ONCE),
          Map.entry("application.id", GROUP),
          Map.entry("state.dir", "data.dir has it"),
          Map.entry("default.key.serde", BYTES),
          Map.entry("default.value.serde", BYTES),
          Map.entry("default.timestamp.extractor", "kafka_timestamp is the record's own"),
          Map.entry("default.deserialization.exception.handler", SKIPS),
          Map.entry("deserialization.exception.handler", SKIPS),
          Map.entry("default.production.exception.handler", SKIPS),
          Map.entry("production.exception.handler", SKIPS),
          Map.entry("processing.exception.handler", SKIPS),
          Map.entry("processing.exception.handler.global.enabled", SKIPS));

  private static final Map<String, String> SPARK =
      anyCase(
          List.of(
              "spark.sql.ansi.enabled",
              "spark.sql.mapKeyDedupPolicy",
              "spark.sql.session.timeZone",
              "spark.sql.timestampType",
              "spark.sql.variable.substitute",
              "spark.sql.legacy.timeParserPolicy",
              "spark.sql.caseSensitive",
              "spark.sql.decimalOperations.allowPrecisionLoss",
              "spark.sql.groupByAliases",
              "spark.sql.groupByOrdinal",
              "spark.sql.datetime.java8API.enabled"));

  private OwnSettings() {}

  /**
   * Why a setting is Millrace's own.
   *
   * @param prefix of the group it was given in: {@code "speed.properties."}
   * @param name without the prefix
   */
  static Optional<String> reason(String prefix, String name) {
    return switch (prefix) {
      case "kafka.properties." -> Optional.ofNullable(KAFKA.get(bare(name)));
      case "speed.properties." ->
          Optional.ofNullable(STREAMS.getOrDefault(bare(name), KAFKA.get(bare(name))));
      case "batch.properties." -> Optional.ofNullable(SPARK.get(name));
      default -> Optional.empty();
    };
  }

  /** Without what says which of Kafka Streams' clients is meant. */
  private static String bare(String name) {
    for (String prefix : PREFIXES) {
      if (name.startsWith(prefix)) {
        return name.substring(prefix.length());
      }
    }
    return name;
  }

  private static Map<String, String> anyCase(List<String> names) {
    Map<String, String> reasons = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    names.forEach(name -> reasons.put(name, ALIKE));
    return Collections.unmodifiableMap(reasons);
  }
}
