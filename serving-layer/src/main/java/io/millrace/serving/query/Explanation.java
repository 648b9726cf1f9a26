package io.millrace.serving.query;

import io.millrace.view.query.QueryPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** What EXPLAIN says: the steps of a plan that ran, and what its scans read. */
final class Explanation {
  static final List<QueryPlan.Column> COLUMNS = List.of(new QueryPlan.Column("plan", "STRING"));

  private Explanation() {}

  static List<String> lines(QueryPlan plan, IntFunction<String> readings, int rows) {
    List<String> lines = new ArrayList<>();
    for (QueryPlan.Line step : plan.steps()) {
      String indent = "  ".repeat(step.depth());
      lines.add(indent + step.text());
      step.scan().ifPresent(i -> lines.add(indent + "  " + readings.apply(i)));
    }
    plan.notes().forEach(note -> lines.add("note: " + note));
    lines.add("rows: " + rows);
    return lines;
  }
}
