package io.millrace.view.compile;

import io.millrace.view.CompiledView;
import io.millrace.view.internal.analyze.SqlSettings;
import io.millrace.view.internal.lookup.CatalystLookup;
import io.millrace.view.internal.planner.PlannedQuery;
import io.millrace.view.internal.query.Guard;
import io.millrace.view.internal.query.LookupRelation;
import io.millrace.view.internal.query.QueryText;
import io.millrace.view.internal.query.Relation;
import io.millrace.view.internal.query.ViewRelation;
import io.millrace.view.lookup.CompiledLookup;
import io.millrace.view.query.ParsedQuery;
import io.millrace.view.query.QueryPlan;
import io.millrace.view.query.RowsText;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Makes questions of their SQL. Stateless and thread-safe. */
public final class QueryCompiler {
  private QueryCompiler() {}

  /**
   * @param sql one SELECT, or EXPLAIN and one
   * @throws io.millrace.control.error.MillraceException {@code SQL_SYNTAX}, {@code INVALID_SQL},
   *     {@code NOT_SUPPORTED}, {@code QUERY_LIMIT}
   */
  public static ParsedQuery parse(String sql) {
    return new Parsed(Guard.run(() -> SqlSettings.with(() -> QueryText.parse(sql))));
  }

  /**
   * @param columns of the version of the view that answers
   * @throws io.millrace.control.error.MillraceException {@code BAD_REQUEST} for parts that are no
   *     such parts; as {@link #parse}
   */
  public static ParsedQuery rows(RowsText rows, List<CompiledView.Column> columns) {
    return new Parsed(Guard.run(() -> SqlSettings.with(() -> RowsCompiler.compile(rows, columns))));
  }

  /** The names of the functions that a question may call, in order. */
  public static List<String> functions() {
    return QueryText.functions();
  }

  private record Parsed(QueryText text) implements ParsedQuery {
    @Override
    public List<Relation> relations() {
      return List.copyOf(text.relations().values());
    }

    @Override
    public boolean explain() {
      return text.explain();
    }

    @Override
    public List<String> parameters() {
      return List.copyOf(text.parameters());
    }

    @Override
    public QueryPlan plan(
        Map<String, CompiledView> views,
        Map<String, CompiledLookup> lookups,
        Map<String, Object> parameters,
        int limit) {
      Map<String, io.millrace.view.internal.query.Relation> relations = new HashMap<>();
      views.forEach(
          (name, view) -> {
            CatalystView compiled = (CatalystView) view;
            relations.put(
                name.toLowerCase(Locale.ROOT),
                new ViewRelation(name, compiled.plan(), compiled.keyCodec()));
          });
      lookups.forEach(
          (name, lookup) ->
              relations.put(
                  name.toLowerCase(Locale.ROOT),
                  new LookupRelation(name, (CatalystLookup) lookup)));
      return PlannedQuery.of(text, relations, parameters, limit);
    }
  }
}
