package io.millrace.view.app;

import io.millrace.control.model.ValueFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.plans.logical.CreateTable;

/**
 * {@code CREATE TABLE … USING kafka OPTIONS (…)}, checked but for its schema.
 *
 * @param name the source's name
 * @param topic {@code topic}
 * @param schema {@code schema}: path of the schema file, from the folder
 * @param format {@code format}: {@code single-object} or {@code registry}
 * @param registryUrl {@code registry.url}
 * @param options those that are none of the above
 */
record TableStatement(
    SqlStatement statement,
    String name,
    String topic,
    String schema,
    ValueFormat format,
    Optional<String> registryUrl,
    Map<String, String> options) {
  private static final String TOPIC = "topic";
  private static final String SCHEMA = "schema";
  private static final String FORMAT = "format";
  private static final String REGISTRY_URL = "registry.url";
  private static final String PARTITIONS = "partitions";
  private static final List<String> KNOWN =
      List.of(TOPIC, SCHEMA, FORMAT, REGISTRY_URL, PARTITIONS);

  private static final Pattern TOPIC_NAME = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

  /**
   * What the statement says, as far as it can be read: with problems too, so that the views over
   * the table can be checked all the same.
   *
   * @param problems where everything that is wrong goes
   * @return empty if it names no schema
   */
  static Optional<TableStatement> of(
      SqlStatement statement, String name, CreateTable table, Problems problems) {
    problems.attempt(() -> checkShape(statement, name, table));
    Map<String, String> options = StatementOptions.read(statement, name, table, KNOWN, problems);
    Optional<String> topic = problems.value(() -> topic(statement, name, options));
    Optional<String> schema =
        problems.value(
            () -> StatementOptions.required(statement, name, options, SCHEMA, "'order.avsc'"));
    Optional<ValueFormat> format = problems.value(() -> format(statement, name, options));
    Optional<String> url =
        format
            .flatMap(f -> problems.value(() -> registryUrl(statement, name, options, f)))
            .flatMap(found -> found);
    problems.attempt(() -> checkPartitions(statement, name, options));
    Map<String, String> rest = new TreeMap<>(options);
    rest.keySet().removeAll(List.of(TOPIC, SCHEMA, FORMAT, REGISTRY_URL));
    return schema.map(
        file ->
            new TableStatement(
                statement,
                name,
                topic.orElse(name),
                file,
                format.orElse(ValueFormat.SINGLE_OBJECT),
                url,
                rest));
  }

  private static String topic(SqlStatement statement, String name, Map<String, String> options) {
    String topic = StatementOptions.required(statement, name, options, TOPIC, "'shop.orders'");
    if (!TOPIC_NAME.matcher(topic).matches()) {
      throw StatementOptions.invalid(
          statement.find(topic),
          name,
          "found topic '" + topic + "', expected at most 249 letters, digits, '.', '_' and '-'");
    }
    return topic;
  }

  private static void checkPartitions(
      SqlStatement statement, String name, Map<String, String> options) {
    String partitions = options.get(PARTITIONS);
    if (partitions != null && !partitions.matches("[1-9][0-9]{0,4}")) {
      throw StatementOptions.invalid(
          statement.find(partitions),
          name,
          "found partitions " + partitions + ", expected a number from 1");
    }
  }

  private static void checkShape(SqlStatement statement, String name, CreateTable table) {
    if (!table.columns().isEmpty()) {
      throw StatementOptions.invalid(
          statement.find(name),
          name,
          "found columns, expected none, as the schema file has them; drop them");
    }
    StatementOptions.checkClauses(statement, name, table);
    if (StatementOptions.location(table).isPresent()) {
      throw StatementOptions.invalid(
          statement.find(name),
          name,
          "found LOCATION or option path, expected none, as records come from a topic; drop it");
    }
  }

  private static ValueFormat format(
      SqlStatement statement, String name, Map<String, String> options) {
    String format = options.getOrDefault(FORMAT, "single-object");
    return switch (format) {
      case "single-object" -> ValueFormat.SINGLE_OBJECT;
      case "registry" -> ValueFormat.REGISTRY;
      default ->
          throw StatementOptions.invalid(
              statement.find(format),
              name,
              "found format '" + format + "', expected 'single-object' or 'registry'");
    };
  }

  private static Optional<String> registryUrl(
      SqlStatement statement, String name, Map<String, String> options, ValueFormat format) {
    String url = options.get(REGISTRY_URL);
    if (format == ValueFormat.SINGLE_OBJECT) {
      if (url != null) {
        throw StatementOptions.invalid(
            statement.find(REGISTRY_URL),
            name,
            "found registry.url with format 'single-object', expected none; write format 'registry',"
                + " or drop it");
      }
      return Optional.empty();
    }
    if (url == null || !url.matches("https?://\\S+")) {
      throw StatementOptions.invalid(
          statement.find(url == null ? FORMAT : url),
          name,
          (url == null ? "found no registry.url" : "found registry.url '" + url + "'")
              + " with format 'registry', expected one such as 'http://localhost:8081'");
    }
    return Optional.of(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
  }
}
