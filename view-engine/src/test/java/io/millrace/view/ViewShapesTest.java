package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The forms of SELECT that views can have, each on a few rows. */
class ViewShapesTest {
  @Test
  void shouldGroupByTumblingWindows() {
    List<List<Object>> rows =
        new TestView(
                "SELECT window(ordered_at, '10 minutes') AS w, count(*) FROM orders"
                    + " GROUP BY window(ordered_at, '10 minutes')")
            .update(at("2026-01-01T00:00:00Z"))
            .update(at("2026-01-01T00:09:59.999Z"))
            .update(at("2026-01-01T00:10:00Z"))
            .update(Map.of())
            .rows();

    assertThat(rows)
        .containsExactly(
            List.of(window("2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z"), 2L),
            List.of(window("2026-01-01T00:10:00Z", "2026-01-01T00:20:00Z"), 1L));
  }

  @Test
  void shouldPutARowInEverySlidingWindow() {
    List<List<Object>> rows =
        new TestView(
                "SELECT window.start, sum(quantity) AS n FROM orders"
                    + " GROUP BY window(ordered_at, '10 minutes', '5 minutes')")
            .update(Map.of("ordered_at", Instant.parse("2026-01-01T00:07:00Z"), "quantity", 2))
            .update(Map.of("ordered_at", Instant.parse("2026-01-01T00:12:00Z"), "quantity", 3))
            .rows();

    assertThat(rows)
        .containsExactly(
            List.of(Instant.parse("2026-01-01T00:00:00Z"), 2L),
            List.of(Instant.parse("2026-01-01T00:05:00Z"), 5L),
            List.of(Instant.parse("2026-01-01T00:10:00Z"), 3L));
  }

  @Test
  void shouldComputeGroupingSets() {
    List<List<Object>> rows =
        new TestView(
                "SELECT category, flag, grouping_id() AS g, sum(quantity) AS n FROM orders"
                    + " GROUP BY GROUPING SETS ((category), (flag), ())")
            .update(Map.of("category", "a", "flag", true, "quantity", 1))
            .update(Map.of("category", "b", "flag", true, "quantity", 2))
            .rows();

    assertThat(rows)
        .containsExactlyInAnyOrder(
            Arrays.asList("a", null, 1L, 1L),
            Arrays.asList("b", null, 1L, 2L),
            Arrays.asList(null, true, 2L, 3L),
            Arrays.asList(null, null, 3L, 3L));
  }

  @Test
  void shouldComputeRollupOfExpressions() {
    List<List<Object>> rows =
        new TestView(
                "SELECT upper(category) AS c, count(*) FROM orders GROUP BY ROLLUP(upper(category))")
            .update(Map.of("category", "a"))
            .rows();

    assertThat(rows).containsExactlyInAnyOrder(List.of("A", 1L), Arrays.asList(null, 1L));
  }

  @Test
  void shouldExplodeArraysAndMaps() {
    Map<String, Object> row =
        Map.of("tags", new String[] {"x", "y", "x"}, "attributes", Map.of("k", "v"));

    assertThat(
            new TestView(
                    "SELECT tag, count(*) FROM orders LATERAL VIEW explode(tags) t AS tag GROUP BY tag")
                .update(row)
                .update(Map.of("tags", new String[0]))
                .rows())
        .containsExactly(List.of("x", 2L), List.of("y", 1L));
    assertThat(
            new TestView(
                    "SELECT tag, count(*) FROM (SELECT explode_outer(tags) AS tag FROM orders)"
                        + " GROUP BY tag")
                .update(row)
                .update(Map.of("tags", new String[0]))
                .rows())
        .containsExactly(Arrays.asList(null, 1L), List.of("x", 2L), List.of("y", 1L));
    assertThat(
            new TestView(
                    "SELECT key, max(value), max(pos) FROM orders"
                        + " LATERAL VIEW explode(attributes) a AS key, value"
                        + " LATERAL VIEW posexplode(tags) p AS pos, tag GROUP BY key")
                .update(row)
                .rows())
        .containsExactly(List.of("k", "v", 2));
  }

  @Test
  void shouldFilterPerAggregateAndAfterwards() {
    TestView view =
        new TestView(
                "SELECT category, count(*) FILTER (WHERE status = 'PAID') AS paid,"
                    + " approx_count_distinct(customer_id) FILTER (WHERE flag) AS buyers,"
                    + " sum(amount) / count(*) AS mean"
                    + " FROM orders GROUP BY category HAVING count(*) > 1 AND category <> 'z'")
            .update(row("a", "PAID", true, "1.00", "p"))
            .update(row("a", "OPEN", false, "2.00", "q"))
            .update(row("b", "PAID", true, "2.00", "q"))
            .update(row("z", "PAID", true, "2.00", "q"))
            .update(row("z", "PAID", true, "2.00", "q"));

    assertThat(view.groups).hasSize(3);
    assertThat(view.rows()).hasSize(1);
    assertThat(view.rows().get(0).subList(0, 3)).containsExactly("a", 1L, 1L);
    assertThat((BigDecimal) view.rows().get(0).get(3)).isEqualByComparingTo("1.5");
  }

  @Test
  void shouldReadSubSelectsAndCommonTables() {
    String inner = "SELECT lower(category) AS c, quantity * 2 AS q FROM orders WHERE quantity > 0";
    Map<String, Object> row = Map.of("category", "A", "quantity", 3);

    assertThat(
            new TestView("SELECT c, sum(q) AS s FROM (" + inner + ") x WHERE c = 'a' GROUP BY c")
                .update(row)
                .rows())
        .containsExactly(List.of("a", 6L));
    assertThat(
            new TestView("WITH x AS (" + inner + ") SELECT c, sum(q) AS s FROM x GROUP BY ALL")
                .update(row)
                .rows())
        .containsExactly(List.of("a", 6L));
    assertThat(
            new TestView("SELECT o.Category, sum(o.QUANTITY) FROM Orders o GROUP BY 1")
                .update(row)
                .rows())
        .containsExactly(List.of("A", 3L));
  }

  @Test
  void shouldFinishInAnOuterSelect() {
    TestView view =
        new TestView(
                "SELECT category AS c, n * 10 AS tens FROM"
                    + " (SELECT category, count(*) AS n FROM orders GROUP BY category) WHERE n > 1")
            .update(Map.of("category", "a"))
            .update(Map.of("category", "b"))
            .update(Map.of("category", "b"));

    assertThat(view.rows()).containsExactly(List.of("b", 20L));
    assertThat(view.view.columns())
        .extracting(CompiledView.Column::name, CompiledView.Column::key)
        .containsExactly(tuple("c", true), tuple("tens", false));
  }

  @Test
  void shouldHaveOneRowWithoutGroupBy() {
    TestView view =
        new TestView("SELECT count(*) AS n, sum(amount) AS s, max(category) FROM orders");

    assertThat(view.view.global()).isTrue();
    assertThat(view.view.keyColumns()).isEmpty();
    assertThat(view.program.evaluate(new byte[0], view.program.newState()))
        .contains(Arrays.asList(0L, null, null));
    view.update(Map.of("category", "a")).update(Map.of("category", "b"));
    assertThat(view.groups.keySet().iterator().next().toBytes()).isEmpty();
    assertThat(view.rows()).containsExactly(Arrays.asList(2L, null, "b"));
  }

  @Test
  void shouldGroupFloatingPointAsSparkDoes() {
    TestView view =
        new TestView("SELECT price, count(*) FROM orders GROUP BY price")
            .update(Map.of("price", 0.0))
            .update(Map.of("price", -0.0))
            .update(Map.of("price", Double.NaN))
            .update(Map.of("price", Double.longBitsToDouble(0x7ff8000000000123L)));

    assertThat(view.rows()).containsExactly(List.of(0.0, 2L), List.of(Double.NaN, 2L));
  }

  @Test
  void shouldGiveNullForBadValues() {
    TestView view =
        new TestView(
                "SELECT sum(CAST(category AS INT)) AS s, max(quantity / 0) AS d,"
                    + " max(tags[5]) AS t FROM orders")
            .update(Map.of("category", "12", "quantity", 3, "tags", new String[] {"x"}))
            .update(Map.of("category", "no number"));

    assertThat(view.rows()).containsExactly(Arrays.asList(12L, null, null));
  }

  @Test
  void shouldKeepNothingOfARowOrAnotherState() {
    TestView view =
        new TestView(
            "SELECT max(category) AS m, max_by(tags, quantity) AS t, collect_set(status) AS s"
                + " FROM orders");
    view.update(
        Map.of("category", "long category name", "tags", new String[] {"x"}, "quantity", 1));
    GroupState first = view.groups.values().iterator().next();
    byte[] before = view.program.encodeState(first);
    GroupState second = view.program.newState();
    view.program.merge(second, first);
    GroupState third = view.program.decodeState(before);
    view.groups.replaceAll((key, state) -> third);
    view.update(
        Map.of("category", "zzz", "tags", new String[] {"y"}, "quantity", 2, "status", "PAID"));

    assertThat(view.program.encodeState(first)).isEqualTo(before);
    assertThat(view.program.encodeState(second)).isEqualTo(before);
    assertThat(view.rows()).containsExactly(List.of("zzz", List.of("y"), List.of("PAID")));
  }

  @Test
  void shouldRunOnManyThreads() throws Exception {
    CompiledView view =
        TestView.compile(
            "SELECT category, sum(amount) AS s, collect_set(customer_id) AS c,"
                + " max(aggregate(transform(tags, t -> length(t)), 0, (a, b) -> a + b)) AS l"
                + " FROM orders GROUP BY category");
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<List<List<Object>>>> results =
          IntStream.range(0, 4)
              .mapToObj(
                  t ->
                      threads.submit(
                          () -> {
                            TestView mine = new TestView(view);
                            for (int i = 0; i < 2000; i++) {
                              mine.update(row("c" + i % 3, "PAID", true, "1.00", "p" + i % 5));
                            }
                            return mine.rows();
                          }))
              .toList();
      for (Future<List<List<Object>>> result : results) {
        assertThat(result.get()).hasSize(3);
        assertThat(result.get().get(0).get(1)).isEqualTo(new BigDecimal("667.00"));
        assertThat(result.get().get(0).get(3)).isEqualTo(5);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Map<String, Object> at(String instant) {
    return Map.of("ordered_at", Instant.parse(instant));
  }

  private static Map<String, Object> window(String start, String end) {
    Map<String, Object> window = new LinkedHashMap<>();
    window.put("start", Instant.parse(start));
    window.put("end", Instant.parse(end));
    return window;
  }

  private static Map<String, Object> row(
      String category, String status, boolean flag, String amount, String customer) {
    Map<String, Object> row = new HashMap<>();
    row.put("category", category);
    row.put("status", status);
    row.put("flag", flag);
    row.put("amount", new BigDecimal(amount));
    row.put("customer_id", customer);
    row.put("tags", new String[] {"xx", "yyy"});
    return row;
  }
}
