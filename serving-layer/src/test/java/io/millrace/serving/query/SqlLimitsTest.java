package io.millrace.serving.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.view.CompiledView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Short questions that ask for much end in time, within their memory, and say why. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SqlLimitsTest {
  private static final Duration TIME = Duration.ofSeconds(1);
  private static final String SLOW = "'(.*)(.*)(.*)(.*)(.*)(.*)(.*)!'";

  @TempDir static Path dir;

  private final Orders orders = new Orders(1, 3);
  private Replica replica;
  private SqlQueries brief;
  private SqlQueries patient;

  @BeforeAll
  void load() {
    replica = new Replica(dir);
    orders.add(600);
    CompiledView view = replica.apply(Orders.view("by_day", Orders.BY_DAY));
    replica.live(view, new LiveModel(view, orders).advance());
    replica.step();
    brief = within(TIME);
    patient = within(Duration.ofMinutes(5));
  }

  private SqlQueries within(Duration time) {
    return new SqlQueries(
        replica.views,
        replica.lookups,
        new MillraceConfig.Sql(time, 1 << 20, 10_000, 1 << 20, 4),
        System::currentTimeMillis);
  }

  @AfterAll
  void close() {
    replica.close();
  }

  static Stream<Arguments> hostile() {
    return Stream.of(
        // Patterns.
        arguments(
            "SELECT 1 AS n FROM by_day WHERE concat(repeat('a', 9000), category)"
                + " LIKE ANY ('b', '%a%a%a%a%a%a%a%a%!')",
            "at work"),
        arguments(
            "SELECT 1 AS n FROM by_day WHERE concat(repeat('a', 9000), category) COLLATE UTF8_LCASE"
                + " LIKE '%a%a%a%a%a%a%a%a%!'",
            "at work"),
        arguments(
            "SELECT regexp_replace(repeat('a', 900000), '(a+)', repeat('$1', 1000)) AS n",
            "a value within an expression of more than"),
        // What the analyser computes by itself.
        arguments("SELECT 1 AS n LIMIT length(repeat('x', 2000000000))", "in LIMIT, expected lit"),
        arguments("SELECT 1 AS n OFFSET length(repeat('x', 2000000000))", "in OFFSET, expected"),
        arguments("SELECT * FROM VALUES (repeat('x', 2000000000)) t(n)", "in VALUES, expected"),
        arguments(
            "SELECT * FROM VALUES ('" + "a".repeat(60) + "' RLIKE " + SLOW + ") t(n)",
            "in VALUES, expected"),
        arguments(
            "SELECT round(1.5D, length(regexp_replace(repeat('a', 60), " + SLOW + ", ''))) AS n",
            "at work"),
        // Few arguments, many steps.
        arguments(
            "SELECT levenshtein(repeat('a', 200000), concat(repeat('b', 200000), category)) AS n"
                + " FROM by_day",
            "that take more than"),
        arguments("SELECT round(orders / 3, 400000000) AS n FROM by_day", "that take more than"),
        arguments("SELECT bround(1.5D, -400000000) AS n", "that take more than"),
        arguments("SELECT CAST('1e-400000000' AS DECIMAL(10, 2)) AS n", "that take more than"),
        arguments(
            "SELECT from_json('{\"a\": 1e-400000000}', 'a DECIMAL(10, 2)') AS n",
            "that take more than"),
        arguments(
            "SELECT array_distinct(transform(sequence(1, 100000), x -> array(x, orders))) AS n FROM"
                + " by_day",
            "that take more than"),
        arguments(
            "SELECT instr(repeat('a', 900000), concat(repeat('a', 500000), category)) AS n FROM"
                + " by_day",
            "that take more than"),
        arguments(
            "SELECT aggregate(sequence(1, 1000000), 0L, (s, x) -> s"
                + " + x".repeat(150)
                + ") AS n FROM by_day",
            "at work"),
        // Few arguments, large values.
        arguments(
            "SELECT size(transform(sequence(1, 100000), x -> repeat('a', 1000000))) AS n",
            "a value within an expression of more than"),
        arguments(
            "SELECT array_insert(array(1), 1000000000, 2) AS n",
            "a value within an expression of more than"),
        arguments(
            "SELECT array_join(array_repeat('a', 100000), repeat('x', 100000)) AS n",
            "a value within an expression of more than"),
        arguments(
            "SELECT concat_ws(repeat('x', 100000), array_repeat('a', 100000)) AS n",
            "a value within an expression of more than"),
        arguments(
            "SELECT format_number(1.5, 1000000000) AS n",
            "a value within an expression of more than"),
        arguments(
            "SELECT format_string('" + "%1$s".repeat(9_000) + "', repeat('a', 900000)) AS n",
            "a value within an expression of more than"),
        arguments(
            "SELECT flatten(array_repeat(sequence(1, 1000000), 1000)) AS n",
            "a value within an expression of more than"),
        arguments(
            nested("named_struct('a', x, 'b', x)", "'a'"), "of a type with more than 10000 fields"),
        arguments(nested("array(x, x)", "'a'"), "a value within an expression of more than"),
        arguments(
            "SELECT "
                + IntStream.range(0, 40)
                    .mapToObj(i -> "repeat(category, 150000) AS n" + i)
                    .collect(Collectors.joining(", "))
                + " FROM by_day WHERE category = 'books'",
            "a row of more than"),
        arguments(nested("*, *", "1"), "a SELECT of more than 10000 columns"),
        // Aggregates.
        arguments("SELECT approx_count_distinct(orders, 0.00004) AS n FROM by_day", "an error of"),
        arguments(
            "SELECT count_min_sketch(orders, 0.0000001D, 0.99D, 1) AS n FROM by_day",
            "an error of"),
        arguments(
            "SELECT size(collect_set(concat(repeat('x', 900000), day))) AS n FROM by_day",
            "bytes of all rows, aggregated"),
        // Joins and windows.
        arguments(
            "SELECT count(*) AS n FROM (SELECT 1 AS k, orders FROM by_day) a JOIN (SELECT 1 AS k,"
                + " orders FROM by_day) b USING (k) JOIN (SELECT 1 AS k, orders FROM by_day) c USING"
                + " (k) JOIN (SELECT 1 AS k, orders FROM by_day) d USING (k)",
            "at work"),
        arguments(
            "SELECT count(*) AS n FROM by_day a JOIN by_day b ON a.category = b.category AND"
                + " concat(repeat('a', 60), a.category, b.day) RLIKE "
                + SLOW,
            "at work"),
        arguments(
            "SELECT 1 AS n FROM by_day a JOIN (SELECT category, repeat(category, 200000) AS r FROM"
                + " by_day) b USING (category)",
            "bytes of rows to join with to hold"),
        arguments(doubled(), "a SELECT of more than 10000 columns"),
        arguments(
            "SELECT size(collect_set(concat(repeat('x', 900000), day)) OVER ()) AS n FROM by_day",
            "bytes of window over all rows"),
        arguments(
            "SELECT sum(size(n)) AS n FROM (SELECT collect_set(x) OVER (ORDER BY x ROWS BETWEEN 5000"
                + " PRECEDING AND CURRENT ROW) AS n FROM (SELECT a.day, b.day, a.orders * 1000000 +"
                + " b.orders * 1000 + xxhash64(a.day, b.day) % 1000 AS x FROM by_day a JOIN by_day b"
                + " ON a.category = b.category))",
            "at work"),
        // Other files.
        arguments(
            "SELECT from_avro(CAST('a' AS BINARY), '\"int\"', map('avroSchemaUrl', 'file:/x')) AS n",
            "which may read other files"),
        arguments(
            "SELECT from_xml('<a/>', 'a INT', map('rowValidationXSDPath', '/x')) AS n",
            "which may read other files"),
        arguments("SELECT xpath_int('<a/>', 'count(//*)') AS n", "or take any time"));
  }

  /** A join has the columns of both sides. */
  private static String doubled() {
    String sql = "by_day";
    for (int i = 0; i < 12; i++) {
      sql = "(SELECT a.*, b.*, a.*, b.* FROM " + sql + " a JOIN " + "by_day b ON a.day = b.day)";
    }
    return "SELECT 1 AS n FROM " + sql;
  }

  private static String nested(String columns, String first) {
    String sql = "SELECT " + first + " AS x";
    for (int i = 0; i < 28; i++) {
      sql = "SELECT " + columns + (columns.startsWith("*") ? "" : " AS x") + " FROM (" + sql + ")";
    }
    return sql;
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void shouldEndAQuestionThatWouldTakeEverything(String sql, String found) {
    // What ends by another limit than time does so however slow the machine is.
    SqlQueries queries = found.equals("at work") ? brief : patient;
    long started = System.nanoTime();
    assertThatThrownBy(() -> Asked.of(queries, sql))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("cannot answer: ")
        .hasMessageContaining(found);
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofMinutes(2));
  }

  /** What is bounded is still answered while it is small. */
  static Stream<Arguments> harmless() {
    return Stream.of(
        arguments("SELECT round(2.5, 1 + 1 - 2) AS n", "3"),
        arguments("SELECT levenshtein('kitten', 'sitting') AS n", "3"),
        arguments("SELECT CAST('1.25e1' AS DECIMAL(10, 2)) AS n", "12.50"),
        arguments("SELECT array_distinct(array(array(1), array(1), array(2))) AS n", "[[1], [2]]"),
        arguments("SELECT aggregate(sequence(1, 100000), 0L, (s, x) -> s + x) AS n", "5000050000"),
        arguments("SELECT size(transform(sequence(1, 100000), x -> x + 1)) AS n", "100000"),
        arguments("SELECT aggregate(array('a', 'b'), '', (s, x) -> concat(s, x)) AS n", "ab"),
        arguments("SELECT array_insert(array(1), 3, 2) AS n", "[1, null, 2]"),
        arguments("SELECT array_join(array('a', NULL, 'b'), '-', '?') AS n", "a-?-b"),
        arguments("SELECT format_string('%1$s %1$s %2$d', 'a', 7) AS n", "a a 7"),
        arguments("SELECT format_number(1234.5, 2) AS n", "1,234.50"),
        arguments("SELECT format_string('a') AS n", "a"),
        arguments("SELECT concat_ws('-') AS n", ""),
        arguments("SELECT regexp_replace('a-b', '(a)-(b)', '$2$1') AS n", "ba"),
        arguments("SELECT 'books' LIKE ANY ('x', 'b_o%') AS n", "true"),
        arguments("SELECT 'books' NOT LIKE ALL ('x_', 'b_o%') AS n", "false"),
        arguments("SELECT 'books' NOT LIKE ANY ('b_o%', NULL) AS n", "null"),
        arguments("SELECT 'BOOKS' COLLATE UTF8_LCASE LIKE 'b_o%s' AS n", "true"),
        arguments("SELECT sum(x) AS n FROM VALUES (1), (1 + 1), (CAST('3' AS INT)) t(x)", "6"),
        arguments("SELECT n FROM VALUES (array(1, 2)) t(n) LIMIT 2 - 1", "[1, 2]"),
        arguments("SELECT approx_count_distinct(x, 0.01) AS n FROM VALUES (1), (2) t(x)", "2"),
        arguments("SELECT size(collect_set(category)) AS n FROM by_day", "4"));
  }

  @ParameterizedTest
  @MethodSource("harmless")
  void shouldAnswerWhatTakesLittle(String sql, String n) {
    assertThat(Asked.of(patient, sql).rows)
        .extracting(row -> String.valueOf(row.get(0)))
        .isEqualTo(Collections.singletonList(n));
  }
}
