package io.millrace.view.query;

import io.millrace.view.CompiledView;
import io.millrace.view.lookup.CompiledLookup;
import java.util.List;
import java.util.Map;

/**
 * A question that was parsed, not yet planned: its views and lookups are known by name. Immutable.
 */
public interface ParsedQuery {
  /**
   * The views and lookups it reads, each once, as it names them.
   *
   * @param name as written, without quotes
   * @param place {@code "line 1, column 15: "}, where it is named first
   */
  record Relation(String name, String place) {}

  List<Relation> relations();

  /** Whether it asks for the plan instead of the rows: {@code EXPLAIN SELECT …}. */
  boolean explain();

  /** The names of its parameters, {@code :name}. */
  List<String> parameters();

  /**
   * Resolves and plans it.
   *
   * @param views by the name of {@link #relations}
   * @param lookups those of the relations that are no views, by the same name
   * @param parameters by name: {@code null, Boolean, Integer, Long, Double, BigDecimal, String}
   * @param limit most rows of the answer; it is planned for one more, so that its reader sees
   *     whether there are
   * @throws io.millrace.control.error.MillraceException {@code UNKNOWN_COLUMN}, {@code
   *     NOT_SUPPORTED}, {@code INVALID_SQL}, {@code BAD_REQUEST}, … with line and column, and what
   *     to write instead
   */
  QueryPlan plan(
      Map<String, CompiledView> views,
      Map<String, CompiledLookup> lookups,
      Map<String, Object> parameters,
      int limit);
}
