package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a refusal says to write is accepted when it is typed, and means what was meant. */
final class AdviceTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          count(DISTINCT category)          | approx_count_distinct(category)
          count(DISTINCT category)          | cardinality(collect_set(category))
          count(DISTINCT category, flag)    | approx_count_distinct(struct(category, flag)) FILTER (WHERE category IS NOT NULL AND flag IS NOT NULL)
          count(DISTINCT category, flag)    | cardinality(collect_set(struct(category, flag)) FILTER (WHERE category IS NOT NULL AND flag IS NOT NULL))
          sum(DISTINCT quantity)            | reduce(collect_set(quantity), CAST(NULL AS BIGINT), (s, e) -> CAST(coalesce(s + e, e) AS BIGINT))
          sum(DISTINCT amount)              | reduce(collect_set(amount), CAST(NULL AS DECIMAL(22,2)), (s, e) -> CAST(coalesce(s + e, e) AS DECIMAL(22,2)))
          avg(DISTINCT quantity)            | CAST(reduce(collect_set(quantity), CAST(NULL AS DOUBLE), (s, e) -> CAST(coalesce(s + e, e) AS DOUBLE)) / cardinality(collect_set(quantity)) AS DOUBLE)
          avg(DISTINCT amount)              | CAST(reduce(collect_set(amount), CAST(NULL AS DECIMAL(22,2)), (s, e) -> CAST(coalesce(s + e, e) AS DECIMAL(22,2))) / cardinality(collect_set(amount)) AS DECIMAL(16,6))
          stddev(DISTINCT price)            | collect_set(price)
          collect_list(DISTINCT category)   | collect_set(category)
          first(DISTINCT category)          | min(category)
          first(category)                   | max(category)
          first(attributes)                 | "min_by(attributes, …) or max_by(attributes, …)"
          any_value(category)               | min(category)
          last_value(category)              | min(category)
          collect_list(category)            | collect_set(category)
          collect_list(attributes)          | collect_set(to_json(attributes))
          array_agg(tags)                   | collect_set(tags)
          listagg(category)                 | array_join(array_sort(collect_set(category)), '')
          listagg(category, '; ')           | array_join(array_sort(collect_set(category)), '; ')
          listagg(DISTINCT category, '; ')  | array_join(array_sort(collect_set(category)), '; ')
          listagg(payload)                  | array_join(array_sort(collect_set(CAST(payload AS STRING))), '')
          theta_intersection_agg(payload)   | theta_union_agg
          max(assert_true(flag))            | count_if(…)
          max(aes_encrypt(category, '0000111122223333')) | xxhash64(kafka_partition, kafka_offset)
          max(now())                        | kafka_timestamp
          max(from_json(category, 'a TIMESTAMP').a) | map('timestampFormat', 'yyyy-MM-dd HH:mm:ss')
          max(variant_get(parse_json(category), '$.a', 'timestamp')) | CAST(variant_get(v, '$.a', 'string') AS TIMESTAMP)
          max(CAST(tags AS ARRAY<TIMESTAMP>)[0]) | transform(a, e -> CAST(e AS TIMESTAMP))
          max(CAST(attributes AS MAP<STRING, TIMESTAMP>)['key']) | CAST(m['key'] AS TIMESTAMP)
          max(TIME '10:15')                 | CAST(t AS STRING)
          """)
  void shouldBeAcceptedInPlaceOfAnExpression(String refused, String advice) {
    assertThatThrownBy(() -> TestView.compile("SELECT " + refused + " AS c FROM orders"))
        .hasMessageContaining(advice);

    for (String typed : typed(advice)) {
      assertThat(TestView.compile("SELECT " + typed + " AS c FROM orders").columns()).hasSize(1);
    }
  }

  /** The advice with what it leaves open filled in. */
  private static List<String> typed(String advice) {
    return switch (advice) {
      case "min_by(attributes, …) or max_by(attributes, …)" ->
          List.of("min_by(attributes, quantity)", "max_by(attributes, quantity)");
      case "theta_union_agg" -> List.of("theta_union_agg(payload)", "theta_sketch_agg(quantity)");
      case "count_if(…)" -> List.of("count_if(flag)");
      case "xxhash64(kafka_partition, kafka_offset)", "kafka_timestamp" ->
          List.of("max(" + advice + ")");
      case "map('timestampFormat', 'yyyy-MM-dd HH:mm:ss')" ->
          List.of(
              "max(from_json(category, 'a TIMESTAMP', " + advice + ").a)",
              "max(CAST(from_json(category, 'a STRING').a AS TIMESTAMP))");
      default -> {
        String named =
            advice
                .replace("variant_get(v,", "variant_get(parse_json(category),")
                .replace("transform(a,", "transform(tags,")
                .replace("m['key']", "attributes['key']")
                .replace("CAST(t AS STRING)", "CAST(TIME '10:15' AS STRING)");
        yield List.of(named.equals(advice) ? advice : "max(" + named + ")");
      }
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          GROUP BY attributes                       | array_sort(map_entries(attributes))
          GROUP BY map('a', attributes)             | to_json(map('a', attributes))
          GROUP BY category COLLATE UNICODE_CI      | lower(category COLLATE UNICODE_CI) COLLATE UTF8_BINARY
          GROUP BY make_interval(quantity)          | CAST(make_interval(quantity) AS STRING)
          GROUP BY struct(attributes)               | to_json(struct(attributes))
          GROUP BY session_window(ordered_at, '5 minutes') | window
          """)
  void shouldBeAcceptedAsAGroupColumn(String refused, String advice) {
    assertThatThrownBy(() -> TestView.compile("SELECT count(*) AS n FROM orders " + refused))
        .hasMessageContaining(advice);

    String typed = advice.equals("window") ? "window(ordered_at, '5 minutes')" : advice;
    assertThat(TestView.compile("SELECT count(*) AS n FROM orders GROUP BY " + typed).columns())
        .hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          SELECT count(*) FROM orders TABLESAMPLE (5 PERCENT)       | WHERE pmod(xxhash64(id), 100) < 5                    | SELECT count(*) FROM orders WHERE pmod(xxhash64(order_id), 100) < 5
          SELECT explode(collect_set(category)) FROM orders         | explode in a sub-select, then aggregate              | SELECT c, count(*) FROM (SELECT explode(tags) AS c FROM orders) GROUP BY c
          SELECT * FROM (SELECT flag, quantity FROM orders) PIVOT (sum(quantity) FOR flag IN (true)) | an aggregate with FILTER (WHERE …) per pivot value | SELECT sum(quantity) FILTER (WHERE flag) AS yes FROM orders
          SELECT DISTINCT category FROM orders                      | group by the columns that shall be distinct          | SELECT category FROM orders GROUP BY category
          SELECT count(*) FROM orders UNION ALL SELECT 1 FROM orders | or one SELECT with OR or GROUPING SETS              | SELECT category, flag, count(*) FROM orders GROUP BY GROUPING SETS ((category), (flag))
          SELECT count(*) FROM orders a JOIN orders b               | use LATERAL VIEW to explode                          | SELECT t, count(*) FROM orders LATERAL VIEW explode(tags) x AS t GROUP BY t
          SELECT category, flag FROM orders                         | an aggregate such as count(*)                        | SELECT count(*) FROM orders
          SELECT category AS a, flag AS A, count(*) FROM orders GROUP BY ALL | rename one with AS                          | SELECT category AS a, flag AS b, count(*) FROM orders GROUP BY ALL
          SELECT max(struct(price, price)) AS s FROM orders         | rename a field with named_struct('name', …)          | SELECT max(named_struct('a', price, 'b', price)) AS s FROM orders
          SELECT max_by(struct(), price) AS s FROM orders           | give it one, as in named_struct('name', …)           | SELECT max_by(named_struct('name', 1), price) AS s FROM orders
          SELECT max(TIMESTAMP '10:15') AS t FROM orders            | write a date with its time                           | SELECT max(TIMESTAMP '2026-01-01 10:15') AS t FROM orders
          """)
  void shouldBeAcceptedAsASelect(String refused, String advice, String typed) {
    assertThatThrownBy(() -> TestView.compile(refused)).hasMessageContaining(advice);

    assertThat(TestView.compile(typed).columns()).isNotEmpty();
  }

  @Test
  void shouldMeanWhatWasMeant() {
    TestView view =
        new TestView(
            "SELECT "
                + advice("count(DISTINCT category, quantity)", "or (cardinality.*) if values")
                + " AS c, "
                + advice("sum(DISTINCT amount)", "write (reduce.*) if values")
                + " AS s, "
                + advice("avg(DISTINCT quantity)", "write (CAST.*) if values")
                + " AS a, "
                + advice("sum(DISTINCT price)", "write (reduce.*) if values")
                + " AS none FROM orders");
    for (int i = 0; i < 12; i++) {
      Map<String, Object> row = new HashMap<>();
      row.put("category", i % 6 == 5 ? null : "c" + i % 2);
      row.put("quantity", i % 4 == 3 ? null : i % 4);
      row.put("amount", BigDecimal.valueOf(i % 3, 2));
      view.update(row);
    }

    // Pairs without NULL: (c0, 0), (c0, 2), (c1, 1). Amounts 0.00, 0.01, 0.02. Quantities 0, 1, 2.
    List<Object> row = view.rows().get(0);
    assertThat(row.subList(0, 3)).containsExactly(3, new BigDecimal("0.03"), 1.0);
    assertThat(row.get(3)).isNull();
  }

  private static String advice(String refused, String pattern) {
    try {
      TestView.compile("SELECT " + refused + " FROM orders");
    } catch (io.millrace.control.error.MillraceException e) {
      var matcher = java.util.regex.Pattern.compile(pattern).matcher(e.getMessage());
      assertThat(matcher.find()).as(e.getMessage()).isTrue();
      return matcher.group(1);
    }
    throw new AssertionError(refused + " is accepted");
  }
}
