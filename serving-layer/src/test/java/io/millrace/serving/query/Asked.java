package io.millrace.serving.query;

import io.millrace.view.query.QueryPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** An answer, kept whole. */
final class Asked implements SqlReader {
  List<QueryPlan.Column> columns;
  List<Relation> relations;
  List<Lookup> lookups;
  List<String> notes;
  final List<List<Object>> rows = new ArrayList<>();
  boolean more;
  private Runnable began = () -> {};

  static Asked of(SqlQueries queries, String sql) {
    return of(queries, sql, Map.of(), 10_000);
  }

  static Asked of(SqlQueries queries, String sql, Map<String, Object> parameters, int limit) {
    Asked asked = new Asked();
    queries.answer(new SqlQuery(sql, parameters, OptionalInt.of(limit)), asked);
    return asked;
  }

  /**
   * @param began called while the answer is made, before its first row
   */
  static Asked of(SqlQueries queries, String sql, Runnable began) {
    Asked asked = new Asked();
    asked.began = began;
    queries.answer(new SqlQuery(sql, Map.of(), OptionalInt.empty()), asked);
    return asked;
  }

  @Override
  public void begin(
      List<QueryPlan.Column> columns,
      List<Relation> relations,
      List<Lookup> lookups,
      List<String> notes) {
    this.columns = columns;
    this.relations = relations;
    this.lookups = lookups;
    this.notes = notes;
    began.run();
  }

  @Override
  public void row(List<Object> values) {
    rows.add(values);
  }

  @Override
  public void end(boolean more) {
    this.more = more;
  }

  /** The only column's values. */
  List<Object> only() {
    return rows.stream().map(row -> row.get(0)).toList();
  }
}
