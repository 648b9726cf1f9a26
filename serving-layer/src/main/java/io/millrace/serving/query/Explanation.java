package io.millrace.serving.query;

import io.millrace.view.query.QueryPlan;
import java.util.ArrayList;
import java.util.List;

/** What EXPLAIN says: the steps of a plan that ran, and what its scans read. */
final class Explanation {
  private static final List<QueryPlan.Column> COLUMNS =
      List.of(new QueryPlan.Column("plan", "STRING"));

  private Explanation() {}

  static void tell(
      QueryPlan plan,
      List<SqlQueries.Reading> scans,
      int rows,
      List<SqlReader.Relation> relations,
      List<SqlReader.Lookup> lookups,
      SqlReader reader) {
    List<String> lines = new ArrayList<>();
    for (QueryPlan.Line step : plan.steps()) {
      String indent = "  ".repeat(step.depth());
      lines.add(indent + step.text());
      step.scan().ifPresent(i -> lines.add(indent + "  " + scans.get(i).text()));
    }
    plan.notes().forEach(note -> lines.add("note: " + note));
    lines.add("rows: " + rows);
    reader.begin(COLUMNS, relations, lookups, plan.notes());
    lines.forEach(line -> reader.row(List.of(line)));
    reader.end(false);
  }
}
