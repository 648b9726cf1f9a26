package io.millrace.view.app;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.ValueFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.plans.logical.CreateTable;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedTableSpec;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

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

  static TableStatement of(SqlStatement statement, CreateTable table) {
    String name = Names.of(table.name(), statement);
    UnresolvedTableSpec spec = (UnresolvedTableSpec) table.tableSpec();
    checkShape(statement, name, table, spec);
    Map<String, String> options = options(statement, name, spec);
    String topic = required(statement, name, options, TOPIC, "'shop.orders'");
    if (!TOPIC_NAME.matcher(topic).matches()) {
      throw invalid(
          statement.find(topic),
          name,
          "found topic '" + topic + "', expected at most 249 letters, digits, '.', '_' and '-'");
    }
    String schema = required(statement, name, options, SCHEMA, "'order.avsc'");
    ValueFormat format = format(statement, name, options);
    Optional<String> url = registryUrl(statement, name, options, format);
    String partitions = options.get(PARTITIONS);
    if (partitions != null && !partitions.matches("[1-9][0-9]{0,4}")) {
      throw invalid(
          statement.find(partitions),
          name,
          "found partitions " + partitions + ", expected a number from 1");
    }
    Map<String, String> rest = new TreeMap<>(options);
    rest.keySet().removeAll(List.of(TOPIC, SCHEMA, FORMAT, REGISTRY_URL));
    return new TableStatement(statement, name, topic, schema, format, url, rest);
  }

  private static void checkShape(
      SqlStatement statement, String name, CreateTable table, UnresolvedTableSpec spec) {
    if (spec.provider().isEmpty() || !spec.provider().get().equalsIgnoreCase("kafka")) {
      throw invalid(
          statement.find(name),
          name,
          (spec.provider().isEmpty() ? "found no USING" : "found USING " + spec.provider().get())
              + ", expected USING kafka; write CREATE TABLE "
              + name
              + " USING kafka OPTIONS (topic '…', schema '….avsc')");
    }
    if (!table.columns().isEmpty()) {
      throw invalid(
          statement.find(name),
          name,
          "found columns, expected none, as the schema file has them; drop them");
    }
    if (!table.partitioning().isEmpty()
        || spec.location().isDefined()
        || spec.serde().isDefined()
        || spec.collation().isDefined()
        || !spec.constraints().isEmpty()) {
      throw invalid(
          statement.find(name),
          name,
          "found PARTITIONED BY, LOCATION or another clause, expected USING, OPTIONS and COMMENT"
              + " alone; drop it");
    }
    if (!spec.properties().isEmpty()) {
      throw invalid(
          statement.find(name), name, "found TBLPROPERTIES, expected OPTIONS; move them there");
    }
  }

  private static Map<String, String> options(
      SqlStatement statement, String name, UnresolvedTableSpec spec) {
    Map<String, String> options = new LinkedHashMap<>();
    for (Tuple2<String, Expression> option :
        CollectionConverters.asJava(spec.optionExpression().options())) {
      String key = option._1().toLowerCase(Locale.ROOT);
      if (!KNOWN.contains(key)) {
        throw invalid(
            statement.find(option._1()),
            name,
            "found option " + option._1() + ", which is unknown" + Names.suggest(key, KNOWN));
      }
      if (!(option._2() instanceof Literal literal) || literal.value() == null) {
        throw invalid(
            statement.find(option._1()),
            name,
            "found option " + key + " = " + option._2().sql() + ", expected text in quotes");
      }
      if (options.put(key, literal.value().toString()) != null) {
        throw invalid(
            statement.find(option._1()), name, "found option " + key + " twice, expected it once");
      }
    }
    return options;
  }

  private static String required(
      SqlStatement statement, String name, Map<String, String> options, String key, String such) {
    String value = options.get(key);
    if (value == null || value.isBlank()) {
      throw invalid(
          statement.find(name),
          name,
          "found no option " + key + ", expected one; write OPTIONS (" + key + " " + such + ", …)");
    }
    return value;
  }

  private static ValueFormat format(
      SqlStatement statement, String name, Map<String, String> options) {
    String format = options.getOrDefault(FORMAT, "single-object");
    return switch (format) {
      case "single-object" -> ValueFormat.SINGLE_OBJECT;
      case "registry" -> ValueFormat.REGISTRY;
      default ->
          throw invalid(
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
        throw invalid(
            statement.find(REGISTRY_URL),
            name,
            "found registry.url with format 'single-object', expected none; write format 'registry',"
                + " or drop it");
      }
      return Optional.empty();
    }
    if (url == null || !url.matches("https?://\\S+")) {
      throw invalid(
          statement.find(url == null ? FORMAT : url),
          name,
          (url == null ? "found no registry.url" : "found registry.url '" + url + "'")
              + " with format 'registry', expected one such as 'http://localhost:8081'");
    }
    return Optional.of(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
  }

  private static MillraceException invalid(SqlStatement.Place at, String name, String problem) {
    return at.error(ErrorCode.INVALID_SQL, "cannot create table " + name + ": " + problem);
  }
}
