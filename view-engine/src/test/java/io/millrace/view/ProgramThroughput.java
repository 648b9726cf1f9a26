package io.millrace.view;

import io.millrace.view.compile.ViewCompiler;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Rows per second of CPU time of one program on one thread, on decoded rows: {@code main} prints a
 * line per view. A program, not a test.
 */
final class ProgramThroughput {
  private static final int ROWS = 20_000;
  private static final int ROUNDS = 5;
  private static final int PASSES = 10;

  private static final Map<String, String> VIEWS =
      Map.of(
          "sales",
          "SELECT category, date_trunc('MONTH', ordered_at) AS month, count(*) AS orders,"
              + " sum(amount) AS revenue, avg(price) AS mean, max(quantity) AS most,"
              + " approx_count_distinct(customer_id) AS buyers FROM orders WHERE status = 'PAID'"
              + " GROUP BY category, date_trunc('MONTH', ordered_at)",
          "tumbling",
          "SELECT category, window(ordered_at, '1 hour') AS w, count(*) AS n, sum(amount) AS s,"
              + " avg(price) AS a, max(price) AS m FROM orders WHERE status = 'PAID'"
              + " GROUP BY category, window(ordered_at, '1 hour')",
          "sliding",
          "SELECT category, window(ordered_at, '10 minutes', '1 minute') AS w, count(*) AS n,"
              + " sum(amount) AS s FROM orders"
              + " GROUP BY category, window(ordered_at, '10 minutes', '1 minute')",
          "plain",
          "SELECT category, count(*) AS n, sum(quantity) AS s FROM orders GROUP BY category");

  public static void main(String[] arguments) {
    SourceRow[] rows = rows();
    VIEWS.forEach((name, sql) -> run(name, sql, rows));
  }

  private static void run(String name, String sql, SourceRow[] rows) {
    CompiledView view = TestView.compile(sql);
    ViewProgram program = view.newProgram();
    Map<GroupKey, GroupState> groups = new HashMap<>();
    Groups lookup =
        key -> {
          GroupState state = groups.get(key);
          if (state == null) {
            state = program.newState();
            groups.put(key.copy(), state);
          }
          return state;
        };
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long start = threads.getCurrentThreadCpuTime();
      for (int pass = 0; pass < PASSES; pass++) {
        for (SourceRow row : rows) {
          program.update(row, lookup);
        }
      }
      double seconds = (threads.getCurrentThreadCpuTime() - start) / 1e9;
      best = Math.max(best, ROWS * PASSES / seconds);
    }
    System.out.printf(
        Locale.ROOT,
        "%-10s %,12.0f rows/CPU-s %,8d groups, state %d bytes, version %s%n",
        name,
        best,
        groups.size(),
        program.encodeState(groups.values().iterator().next()).length,
        ViewCompiler.version("v", sql, TestView.SOURCE));
  }

  private static SourceRow[] rows() {
    Random random = new Random(1);
    SourceRow[] rows = new SourceRow[ROWS];
    for (int i = 0; i < ROWS; i++) {
      Map<String, Object> row = new HashMap<>();
      row.put("category", "category " + random.nextInt(20));
      row.put("customer_id", "customer " + random.nextInt(1000));
      row.put("amount", BigDecimal.valueOf(random.nextInt(1_000_000), 2));
      row.put("price", random.nextDouble());
      row.put("quantity", random.nextInt(50));
      row.put("status", random.nextInt(10) == 0 ? "OPEN" : "PAID");
      row.put("ordered_at", Instant.ofEpochSecond(1_700_000_000L + random.nextInt(400_000)));
      rows[i] = TestView.row(row);
    }
    return rows;
  }
}
