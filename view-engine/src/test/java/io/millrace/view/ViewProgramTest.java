package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.view.compile.ViewCompiler;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ViewProgramTest {
  private static final String SALES_BY_MONTH =
      """
      SELECT category, date_trunc('MONTH', ordered_at) AS month, count(*) AS orders,
             sum(amount) AS revenue, approx_count_distinct(customer_id) AS buyers
      FROM orders WHERE status = 'PAID' GROUP BY category, date_trunc('MONTH', ordered_at)""";

  @Test
  void shouldRunTheMonthlySales() {
    TestView view =
        new TestView(SALES_BY_MONTH)
            .update(order("books", "10.00", "2026-01-03T10:00:00Z", "a", "PAID"))
            .update(order("books", "2.50", "2026-01-31T23:59:59Z", "b", "PAID"))
            .update(order("books", "5.00", "2026-02-01T00:00:00Z", "a", "PAID"))
            .update(order("toys", "99.00", "2026-01-01T00:00:00Z", "a", "OPEN"));

    assertThat(view.rows())
        .containsExactly(
            List.of(
                "books", Instant.parse("2026-01-01T00:00:00Z"), 2L, new BigDecimal("12.50"), 2L),
            List.of(
                "books", Instant.parse("2026-02-01T00:00:00Z"), 1L, new BigDecimal("5.00"), 1L));
  }

  @Test
  void shouldMergeAndKeepStatesAsBytes() {
    TestView left =
        new TestView(SALES_BY_MONTH)
            .update(order("books", "10.00", "2026-01-03T10:00:00Z", "a", "PAID"));
    TestView right =
        new TestView(SALES_BY_MONTH)
            .update(order("books", "1.00", "2026-01-04T10:00:00Z", "b", "PAID"));
    GroupKey key = left.groups.keySet().iterator().next();
    assertThat(right.groups).containsKey(key);

    ViewProgram program = left.view.newProgram();
    GroupState merged = program.newState();
    program.merge(merged, program.decodeState(left.program.encodeState(left.groups.get(key))));
    program.merge(merged, program.decodeState(right.program.encodeState(right.groups.get(key))));

    assertThat(program.evaluate(key.toBytes(), merged).orElseThrow().subList(2, 5))
        .containsExactly(2L, new BigDecimal("11.00"), 2L);
  }

  @Test
  void shouldThrowNothingCheckedThatIsNotDeclared() {
    TestView view = new TestView("SELECT count_if(category LIKE 'a\\\\b') FROM orders");

    assertThatThrownBy(() -> view.update(Map.of("category", "x")))
        .isInstanceOf(RuntimeException.class)
        .hasMessageContaining("escape character is not allowed to precede 'b'");

    TestView finished =
        new TestView("SELECT max(category) LIKE 'a\\\\b' AS matches FROM orders")
            .update(Map.of("category", "x"));
    assertThatThrownBy(finished::rows)
        .isInstanceOf(RuntimeException.class)
        .hasMessageContaining("escape character is not allowed to precede 'b'");
  }

  @Test
  void shouldDescribeColumns() {
    CompiledView view = TestView.compile(SALES_BY_MONTH);

    assertThat(view.columns())
        .containsExactly(
            new CompiledView.Column("category", "STRING", true, true, true),
            new CompiledView.Column("month", "TIMESTAMP", true, true, true),
            new CompiledView.Column("orders", "BIGINT", false, false, true),
            new CompiledView.Column("revenue", "DECIMAL(22,2)", true, false, true),
            new CompiledView.Column("buyers", "BIGINT", false, false, true));
    assertThat(view.global()).isFalse();
  }

  @Test
  void shouldGiveTheSameVersionToTheSameMeaning() {
    String version = ViewCompiler.version("v", SALES_BY_MONTH, TestView.SOURCE);
    String reformatted =
        SALES_BY_MONTH.replace("SELECT", "select /* all of it */").replace(" AS ", "\n  as ");

    assertThat(version).matches("[0-9a-f]{16}");
    assertThat(ViewCompiler.version("v", reformatted, TestView.SOURCE)).isEqualTo(version);
    assertThat(ViewCompiler.version("v", SALES_BY_MONTH.replace("PAID", "OPEN"), TestView.SOURCE))
        .isNotEqualTo(version);
    assertThat(ViewCompiler.version("v", SALES_BY_MONTH.replace("sum(", "max("), TestView.SOURCE))
        .isNotEqualTo(version);
  }

  private static Map<String, Object> order(
      String category, String amount, String at, String customer, String status) {
    Map<String, Object> row = new HashMap<>();
    row.put("category", category);
    row.put("amount", new BigDecimal(amount));
    row.put("ordered_at", Instant.parse(at));
    row.put("customer_id", customer);
    row.put("status", status);
    return row;
  }
}
