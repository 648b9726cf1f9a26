package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What views cannot hold, and what the message then says. */
class ViewRefusalTest {
  @ParameterizedTest
  @MethodSource("refusals")
  void shouldSayWhereAndWhatToWrite(ErrorCode code, String sql, String message) {
    Throwable thrown = catchThrowable(() -> TestView.compile(sql));

    assertThat(thrown).isInstanceOf(MillraceException.class);
    assertThat(thrown.getMessage()).isEqualTo("cannot compile view v: " + message);
    assertThat(((MillraceException) thrown).code()).isEqualTo(code);
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        refusal(
            ErrorCode.SQL_SYNTAX,
            "SELECT category,\n count(*) FORM orders GROUP BY category",
            "line 2, column 16: Syntax error at or near 'orders'; correct the SELECT"),
        refusal(
            ErrorCode.SQL_SYNTAX,
            "SELECT (count(*) FROM orders",
            "line 1, column 18: Syntax error at or near 'FROM'; correct the SELECT"),
        refusal(
            ErrorCode.UNKNOWN_COLUMN,
            "SELECT categry, count(*)\nFROM orders GROUP BY categry",
            "line 1, column 8: found unknown column `categry`, expected one of `category`, "
                + "`tags`, `flag`, `amount`, `price`; use a column of source orders"),
        refusal(
            ErrorCode.UNKNOWN_COLUMN,
            "SELECT count(*) FROM orders\n  WHERE amuont > 3",
            "line 2, column 9: found unknown column `amuont`, expected one of `amount`, "
                + "`flag`, `tags`, `payload`, `price`; use a column of source orders"),
        refusal(
            ErrorCode.INVALID_SQL,
            "SELECT count(*) FROM ordrs",
            "line 1, column 22: found unknown table `ordrs`, expected orders; a view reads "
                + "one source"),
        refusal(
            ErrorCode.INVALID_SQL,
            "SELECT category, count(*) FROM orders",
            "line 1, column 1: The query does not include a GROUP BY clause. Add GROUP BY "
                + "or turn it into the window functions using OVER clauses; correct the SELECT"),
        refusal(
            ErrorCode.INVALID_SQL,
            "SELECT sum(tags) FROM orders",
            "line 1, column 8: Cannot resolve \"sum(tags)\" due to data type mismatch: The "
                + "first parameter requires the \"NUMERIC\" or \"ANSI INTERVAL\" type, however "
                + "\"tags\" has the type \"ARRAY<STRING>\"; correct the SELECT"),
        refusal(
            ErrorCode.INVALID_SQL,
            "SELECT no_such_function(amount) FROM orders",
            "line 1, column 8: found unknown function `no_such_function`, expected one of "
                + "Spark SQL; correct its name"),
        refusal(
            ErrorCode.INVALID_SQL,
            "CREATE TABLE t (a INT)",
            "line 1, column 1: found the statement CreateTable, expected a SELECT; write "
                + "one SELECT after AS"),
        refusal(
            ErrorCode.INVALID_SQL,
            "INSERT INTO t SELECT count(*) FROM orders",
            "line 1, column 1: found the statement InsertIntoStatement, expected a SELECT; "
                + "write one SELECT after AS"),
        refusal(
            ErrorCode.NOT_MERGEABLE,
            "SELECT category,\n  first(amount) AS f FROM orders GROUP BY category",
            "line 2, column 3: found `first(amount)`, whose value depends on the order of "
                + "rows, expected an aggregate whose partial states merge; write min(amount) or "
                + "max(amount), or min_by(amount, …) or max_by(amount, …) with what orders the "
                + "rows"),
        refusal(
            ErrorCode.NOT_MERGEABLE,
            "SELECT count(DISTINCT customer_id) FROM orders",
            "line 1, column 8: found `count(DISTINCT customer_id)`, which must remember "
                + "every value it has seen, expected an aggregate whose partial states merge; "
                + "write approx_count_distinct(customer_id), or "
                + "cardinality(collect_set(customer_id)) if values are few"),
        refusal(
            ErrorCode.NOT_MERGEABLE,
            "SELECT session_window(ordered_at, '5 minutes'), count(*) FROM orders\n"
                + "GROUP BY session_window(ordered_at, '5 minutes')",
            "line 2, column 10: found `session_window(ordered_at, '5 minutes')`, whose "
                + "windows grow together as records arrive, expected windows that follow from "
                + "each record alone; use window(…), tumbling or sliding"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT category, amount FROM orders",
            "line 1, column 1: found a SELECT without aggregation, expected GROUP BY, or "
                + "an aggregate such as count(*); add one, or read source orders itself"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT DISTINCT category FROM orders",
            "line 1, column 1: found SELECT DISTINCT, expected GROUP BY; group by the "
                + "columns that shall be distinct"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT category, count(*) FROM orders GROUP BY category ORDER BY 2",
            "line 1, column 57: found ORDER BY, expected no order, as the rows of a view "
                + "are kept by key; drop it, and order what you query"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT category, count(*) FROM orders GROUP BY category LIMIT 3",
            "line 1, column 57: found LIMIT or OFFSET, expected all rows; drop it, and "
                + "limit what you query"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT count(*) FROM orders a JOIN orders b ON a.order_id = b.order_id",
            "line 1, column 31: found a join, expected source orders alone; put what the "
                + "view needs into the source's records, or use LATERAL VIEW to explode"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT count(*) FROM orders UNION ALL SELECT sum(quantity) FROM orders",
            "line 1, column 1: found a set operation (UNION, INTERSECT or EXCEPT), "
                + "expected one SELECT over source orders; write one view per SELECT, or one "
                + "SELECT with OR or GROUPING SETS"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT max(n) FROM (SELECT category, count(*) AS n FROM orders GROUP BY category)",
            "line 1, column 64: found an aggregation of an aggregation, expected one "
                + "aggregation; keep the inner one as the view, and aggregate what you query"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT category, rank() OVER (ORDER BY count(*)) FROM orders GROUP BY category",
            "line 1, column 18: found window function `rank() OVER (ORDER BY count(*))`, "
                + "expected aggregates over groups; group by window(…) for windows of time, or "
                + "rank what you query"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT count(*) FROM orders WHERE quantity > (SELECT avg(quantity) FROM orders)",
            "line 1, column 46: found sub-query `(SELECT avg(quantity) FROM orders)`, "
                + "expected expressions over the columns of one record; put what the view needs "
                + "into the source's records"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT count(*) FROM orders\nWHERE ordered_at > current_timestamp() - INTERVAL 1 DAY",
            "line 2, column 20: found `current_timestamp()`, which depends on when it is "
                + "computed, expected an expression of the record alone; use a column such as "
                + "kafka_timestamp, or filter what you query"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT count(*) FROM orders WHERE ordered_at > TIMESTAMP 'now'",
            "line 1, column 48: found `TIMESTAMP 'now'`, which depends on when it is "
                + "computed, expected an expression of the record alone; write a date with its "
                + "time, or use a column such as kafka_timestamp"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT count(*) FROM orders WHERE ordered_at > CAST('today' AS TIMESTAMP)",
            "line 1, column 48: found `CAST('today' AS TIMESTAMP)`, which depends on when "
                + "it is computed, expected an expression of the record alone; write a date with "
                + "its time, or use a column such as kafka_timestamp"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT count(*) FROM orders WHERE rand() < 0.1",
            "line 1, column 35: found non-deterministic `rand()`, expected an expression "
                + "that gives the same value for the same record every time; derive it from the "
                + "record, such as xxhash64(kafka_partition, kafka_offset)"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT sum(rand()) FROM orders",
            "line 1, column 12: found non-deterministic \"sum(rand())\", expected an "
                + "expression that gives the same value for the same record every time; derive "
                + "it from the record"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT uuid() AS id, count(*) FROM orders GROUP BY uuid()",
            "line 1, column 8: found non-deterministic `uuid()`, expected an expression "
                + "that gives the same value for the same record every time; derive it from the "
                + "record, such as xxhash64(kafka_partition, kafka_offset)"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT max(aes_encrypt(category, '0000111122223333')) FROM orders",
            "line 1, column 12: found non-deterministic `aes_encrypt(category, "
                + "'0000111122223333')`, expected an expression that gives the same value for the "
                + "same record every time; derive it from the record, such as "
                + "xxhash64(kafka_partition, kafka_offset)"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT count(*) FROM orders WHERE assert_true(quantity > 0) IS NULL",
            "line 1, column 35: found `assert_true(quantity > 0)`, which fails on purpose, "
                + "expected an expression with a value for every record; filter such records "
                + "with WHERE, or count them with count_if(…)"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT attributes, count(*) FROM orders GROUP BY attributes",
            "line 1, column 50: found group column `attributes` of type MAP<STRING, "
                + "STRING>, expected a type whose values have one encoding each; group by "
                + "array_sort(map_entries(attributes))"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT category COLLATE UNICODE_CI AS c, count(*) FROM orders GROUP BY c",
            "line 1, column 8: found group column `category COLLATE UNICODE_CI` of type "
                + "STRING COLLATE UNICODE_CI, expected a type whose values have one encoding "
                + "each; group by lower(category COLLATE UNICODE_CI) COLLATE UTF8_BINARY"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT * FROM (SELECT category, flag, quantity FROM orders)\n"
                + "PIVOT (sum(quantity) FOR flag IN (true, false))",
            "line 2, column 1: found PIVOT, expected GROUP BY; write an aggregate with "
                + "FILTER (WHERE …) per pivot value"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT count(*) FROM orders TABLESAMPLE (5 PERCENT)",
            "line 1, column 29: found TABLESAMPLE, expected every record; filter by a "
                + "hash, such as WHERE pmod(xxhash64(id), 100) < 5"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT explode(collect_set(category)) FROM orders",
            "line 1, column 1: found a generator over aggregates, expected generators "
                + "below the aggregation; explode in a sub-select, then aggregate"),
        refusal(
            ErrorCode.NOT_SUPPORTED,
            "SELECT count(*)",
            "line 1, column 1: found no source, expected FROM orders; name the source in "
                + "FROM"));
  }

  private static Arguments refusal(ErrorCode code, String sql, String message) {
    return Arguments.of(code, sql, message);
  }
}
