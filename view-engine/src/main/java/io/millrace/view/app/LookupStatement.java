package io.millrace.view.app;

import io.millrace.control.config.Durations;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.LookupDefinition.Column;
import io.millrace.control.model.LookupDefinition.Format;
import io.millrace.view.compile.LookupCompiler;
import io.millrace.view.internal.analyze.SqlSettings;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.catalyst.plans.logical.ColumnDefinition;
import org.apache.spark.sql.catalyst.plans.logical.CreateTable;
import org.apache.spark.sql.catalyst.util.IntervalUtils;
import org.apache.spark.unsafe.types.CalendarInterval;
import org.apache.spark.unsafe.types.UTF8String;
import scala.jdk.javaapi.CollectionConverters;

/**
 * {@code CREATE TABLE … USING csv|json|parquet|iceberg OPTIONS (…)}, checked but for its file.
 *
 * @param undeclared the definition, without the columns of a table that declares none, and without
 *     a version
 */
record LookupStatement(SqlStatement statement, LookupDefinition undeclared) {
  private static final String PATH = "path";
  private static final String KEY = "key";
  private static final String REFRESH = "refresh";
  private static final List<String> COMMON = List.of(PATH, KEY, REFRESH);
  private static final Duration DEFAULT_REFRESH = Duration.ofMinutes(1);
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofDays(365);

  /** Options of CSV, as Spark names them, and what they are if nothing is said. */
  private static final Map<String, String> CSV =
      Map.of(
          "header", "true",
          "sep", ",",
          "quote", "\"",
          "escape", "\"",
          "nullValue", "",
          "encoding", "UTF-8");

  /** The formats, by what stands after USING. */
  static Optional<Format> format(String provider) {
    return Arrays.stream(Format.values())
        .filter(format -> format.label().equals(provider))
        .findFirst();
  }

  /**
   * @param folder where relative paths begin
   * @param problems where everything that is wrong goes
   * @return empty if too much of it is
   */
  static Optional<LookupStatement> of(
      SqlStatement statement,
      String name,
      CreateTable table,
      Format format,
      Path folder,
      Problems problems) {
    problems.attempt(() -> StatementOptions.checkClauses(statement, name, table));
    List<String> known = new ArrayList<>(COMMON);
    Map<String, String> own = new TreeMap<>(format == Format.CSV ? CSV : Map.of());
    known.addAll(own.keySet());
    Map<String, String> options = StatementOptions.read(statement, name, table, known, problems);
    StatementOptions.location(table).ifPresent(path -> options.put(PATH, path));
    own.replaceAll((option, otherwise) -> options.getOrDefault(option, otherwise));
    own.forEach((option, value) -> problems.attempt(() -> check(statement, name, option, value)));
    Optional<String> path = problems.value(() -> path(statement, name, format, folder, options));
    Optional<List<String>> key = problems.value(() -> key(statement, name, options));
    Optional<Duration> refresh = problems.value(() -> refresh(statement, name, options));
    Optional<List<Column>> columns =
        problems.value(() -> columns(statement, name, table, problems));
    if (path.isEmpty() || key.isEmpty() || refresh.isEmpty() || columns.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new LookupStatement(
            statement,
            new LookupDefinition(
                name,
                "",
                format,
                path.get(),
                key.get(),
                columns.get(),
                refresh.get(),
                own,
                List.of())));
  }

  /** Absolute, so that every process means the same file; a table of a catalog has a name. */
  private static String path(
      SqlStatement statement,
      String name,
      Format format,
      Path folder,
      Map<String, String> options) {
    String written =
        StatementOptions.required(
            statement, name, options, PATH, "'" + name + "." + format.label() + "'");
    if (format == Format.ICEBERG && !written.contains("/")) {
      return written;
    }
    if (written.matches("(?i)(?!file:)[a-z][a-z0-9+.-]+:.*")) {
      throw StatementOptions.invalid(
          statement.find(written),
          name,
          "found path '"
              + written
              + "', expected a file that each replica has at the same place; copy it to a shared"
              + " directory, or keep it as a table USING iceberg");
    }
    // file:/a, as Spark writes it, and file:///a.
    String local = written.replaceFirst("^(?i:file):(//)?(?=/)", "");
    return folder.toAbsolutePath().resolve(local).normalize().toString();
  }

  private static List<String> key(
      SqlStatement statement, String name, Map<String, String> options) {
    String written = StatementOptions.required(statement, name, options, KEY, "'" + name + "_id'");
    List<String> key = Arrays.stream(written.split(",", -1)).map(String::strip).toList();
    if (key.stream().anyMatch(String::isEmpty)) {
      throw StatementOptions.invalid(
          statement.find(written),
          name,
          "found key '" + written + "', expected names of columns with commas between");
    }
    return key;
  }

  private static Duration refresh(
      SqlStatement statement, String name, Map<String, String> options) {
    String written = options.get(REFRESH);
    if (written == null) {
      return DEFAULT_REFRESH;
    }
    Optional<Duration> refresh = duration(written);
    if (refresh.isEmpty()
        || refresh.get().compareTo(SHORTEST) < 0
        || refresh.get().compareTo(LONGEST) > 0) {
      throw StatementOptions.invalid(
          statement.find(written),
          name,
          "found refresh '"
              + written
              + "', expected how often to look for a new content, from 1 second to 365 days, such"
              + " as '10 minutes'");
    }
    return refresh.get();
  }

  private static Optional<Duration> duration(String written) {
    try {
      return Optional.of(Durations.parse(written));
    } catch (IllegalArgumentException e) {
      return interval(written);
    }
  }

  /** As Spark reads an interval; of a month nobody knows how long it is. */
  private static Optional<Duration> interval(String written) {
    CalendarInterval interval =
        SqlSettings.with(() -> IntervalUtils.safeStringToInterval(UTF8String.fromString(written)));
    return interval == null || interval.months != 0
        ? Optional.empty()
        : Optional.of(
            Duration.ofDays(interval.days).plus(interval.microseconds, ChronoUnit.MICROS));
  }

  private static List<Column> columns(
      SqlStatement statement, String name, CreateTable table, Problems problems) {
    List<Column> columns = new ArrayList<>();
    for (ColumnDefinition column : CollectionConverters.asJava(table.columns())) {
      Column declared = new Column(column.name(), column.dataType().sql());
      if (column.defaultValue().isDefined()
          || column.generationExpression().isDefined()
          || column.identityColumnSpec().isDefined()
          || !column.nullable()) {
        problems.add(
            StatementOptions.invalid(
                statement.find(column.name()),
                name,
                "found more of column "
                    + column.name()
                    + " than its type, expected that alone; drop NOT NULL, DEFAULT, …"));
      }
      LookupCompiler.problem(declared)
          .ifPresent(
              problem ->
                  problems.add(
                      StatementOptions.invalid(statement.find(column.name()), name, problem)));
      columns.add(declared);
    }
    return columns;
  }

  private static void check(SqlStatement statement, String name, String option, String value) {
    String expected =
        switch (option) {
          case "header" -> value.equals("true") || value.equals("false") ? "" : "'true' or 'false'";
          case "sep" ->
              value.length() >= 1 && value.length() <= 8 && !value.matches("(?s).*[\n\r].*")
                  ? ""
                  : "what stands between two values, such as ';'";
          case "quote", "escape" -> value.length() == 1 ? "" : "one character";
          case "encoding" -> isCharset(value) ? "" : "the name of an encoding, such as 'UTF-8'";
          default -> "";
        };
    if (!expected.isEmpty()) {
      throw StatementOptions.invalid(
          statement.find(option),
          name,
          "found " + option + " '" + value + "', expected " + expected);
    }
  }

  private static boolean isCharset(String name) {
    try {
      return Charset.isSupported(name);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * The whole definition, held against its file.
   *
   * @param beside names of the folder's sources
   * @throws MillraceException with the statement's place
   */
  LookupDefinition definition(LookupFiles files, List<String> beside) {
    try {
      List<Column> columns =
          undeclared.columns().isEmpty() ? files.columns(undeclared) : undeclared.columns();
      LookupDefinition definition =
          new LookupDefinition(
              undeclared.name(),
              LookupCompiler.version(
                  undeclared.format(), undeclared.key(), columns, undeclared.options()),
              undeclared.format(),
              undeclared.path(),
              undeclared.key(),
              columns,
              undeclared.refresh(),
              undeclared.options(),
              beside);
      LookupCompiler.compile(definition);
      files.check(definition);
      return definition;
    } catch (MillraceException e) {
      throw new MillraceException(
          e.code(), statement.find(undeclared.name()) + ": " + e.getMessage(), e);
    }
  }
}
