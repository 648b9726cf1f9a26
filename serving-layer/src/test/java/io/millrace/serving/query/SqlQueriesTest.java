package io.millrace.serving.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.view.CompiledView;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqlQueriesTest {
  @TempDir private Path dir;

  private final Orders orders = new Orders(2, 11);
  private Replica replica;

  @BeforeEach
  void load() {
    replica = new Replica(dir);
    orders.add(500);
    ViewDefinition day = Orders.view("by_day", Orders.BY_DAY);
    CompiledView view = replica.apply(day);
    LiveModel live = new LiveModel(view, orders);
    replica.live(view, live.advance());
    replica.completed(replica.lake.run(view, orders, live.cut()));
    orders.add(200);
    replica.live(view, live.advance());
  }

  @AfterEach
  void close() {
    replica.close();
  }

  @Test
  void shouldTry() {
    for (String sql :
        new String[] {
          "SELECT category, day, orders FROM by_day WHERE category = 'books' AND day < '2026-01-04'",
          "SELECT category, day, orders * 2 AS twice, upper(category) AS u FROM by_day WHERE category IN ('books','toys') AND orders > 6 ORDER BY orders DESC, day LIMIT 5 OFFSET 1",
          "SELECT category, MEASURE(orders) AS n, MEASURE(price) AS p, MEASURE(amounts) AS a FROM by_day GROUP BY category ORDER BY n DESC",
          "SELECT date_trunc('MONTH', day) AS month, MEASURE(orders) AS n FROM by_day WHERE category LIKE 'b%' GROUP BY 1 HAVING MEASURE(orders) > 3 ORDER BY 1",
          "SELECT category, count(*) AS days, sum(orders) AS n, max(price) AS p, max(category) AS c FROM by_day GROUP BY category HAVING count(*) > 1 ORDER BY category",
          "SELECT DISTINCT category FROM by_day WHERE category IS NOT NULL",
          "SELECT 1 AS one",
          "SELECT MEASURE(orders) AS n FROM by_day",
          "SELECT * FROM (SELECT category, MEASURE(orders) AS n FROM by_day GROUP BY category) WHERE category = 'toys' AND n > 3",
          "WITH t AS (SELECT category, orders FROM by_day WHERE day > '2026-02-01') SELECT category, sum(orders) AS s FROM t GROUP BY category UNION ALL SELECT 'all', sum(orders) FROM t ORDER BY s",
          "EXPLAIN SELECT category, day, orders FROM by_day WHERE category IN ('books', 'toys') AND day = '2026-01-04' AND orders > 1 ORDER BY orders LIMIT 3",
          "EXPLAIN SELECT category FROM by_day WHERE day = '2026-01-04' AND upper(category) = 'X'",
        }) {
      System.out.println("?? " + sql);
      try {
        long start = System.nanoTime();
        Asked asked = Asked.of(replica.sql, sql);
        System.out.println("   " + (System.nanoTime() - start) / 1000 + " us " + asked.columns);
        asked.rows.stream().limit(12).forEach(row -> System.out.println("   " + row));
      } catch (RuntimeException e) {
        System.out.println("   !! " + e);
        if (!(e instanceof io.millrace.control.error.MillraceException)) {
          e.printStackTrace(System.out);
        }
      }
    }
    assertThat(1).isEqualTo(1);
  }
}
