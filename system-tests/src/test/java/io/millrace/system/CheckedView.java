package io.millrace.system;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.control.model.Position;
import io.millrace.testkit.oracle.Accumulator;
import io.millrace.testkit.oracle.EventLog;
import io.millrace.testkit.oracle.Oracle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A view and the oracle that says what it must answer at any position.
 *
 * <p>Columns named {@code ~x} hold an HyperLogLog estimate; their accumulator counts exactly, and
 * the answer may be off by five standard errors of the sketch (5 × 5 %). Below some thirty values
 * the sketch counts occupied registers of its 512, and misses one for each two values that share
 * one: six misses among so few are rarer than one in a million groups.
 */
public final class CheckedView<E> {
  private static final double ESTIMATE_BOUND = 0.25;
  private static final int FEW_MISSED = 6;

  private final String name;
  private final List<String> keyColumns;
  private final List<String> valueColumns;
  private final Predicate<List<Object>> having;
  private final Oracle<E> oracle;
  private int checked;
  private int equal;

  /**
   * @param groups keys of an event, values in the order of {@code keyColumns}, as {@link Canonical}
   *     takes them
   * @param having which rows of aggregate values stay
   */
  public CheckedView(
      String name,
      EventLog<E> log,
      List<String> keyColumns,
      Function<E, List<List<Object>>> groups,
      LinkedHashMap<String, Supplier<Accumulator<E>>> aggregates,
      Predicate<List<Object>> having) {
    this.name = name;
    this.keyColumns = keyColumns;
    this.valueColumns = List.copyOf(aggregates.keySet());
    this.having = having;
    this.oracle = new Oracle<>(log, groups, List.copyOf(aggregates.values()));
  }

  public String name() {
    return name;
  }

  /** How many answers were compared. */
  public int checked() {
    return checked;
  }

  /** How many of them had every row equal. */
  public int equal() {
    return equal;
  }

  /** Compares every row of an answer with the oracle at its position; the differences, in words. */
  public List<String> differences(Answer answer) {
    checked++;
    Map<List<String>, List<Object>> expected = rows(answer.live());
    List<String> differences = new ArrayList<>();
    for (Map<String, JsonNode> row : answer.rows()) {
      List<String> key = keyColumns.stream().map(column -> Canonical.of(row.get(column))).toList();
      List<Object> values = expected.remove(key);
      if (values == null) {
        differences.add("a row that should not be: " + row);
        continue;
      }
      for (int i = 0; i < valueColumns.size(); i++) {
        String column = valueColumns.get(i);
        if (!same(column, row.get(column.replace("~", "")), values.get(i))) {
          differences.add(key + "." + column + " expected " + values.get(i) + ", found " + row);
        }
      }
    }
    expected.forEach((key, values) -> differences.add("a row is missing: " + key + " " + values));
    if (differences.isEmpty()) {
      equal++;
    }
    return differences.stream().map(text -> answerName(answer) + ": " + text).toList();
  }

  /** By group key, the rows at a position. */
  public Map<List<String>, List<Object>> rows(Position position) {
    Map<List<String>, List<Object>> rows = new HashMap<>();
    oracle
        .rows(position)
        .forEach(
            (key, values) -> {
              if (having.test(values)) {
                rows.put(key.stream().map(Canonical::of).toList(), values);
              }
            });
    return rows;
  }

  private static boolean same(String column, JsonNode found, Object expected) {
    if (!column.startsWith("~")) {
      return Canonical.of(found).equals(Canonical.of(expected));
    }
    double exact = ((Number) expected).doubleValue();
    return Math.abs(found.asDouble() - exact) <= Math.max(FEW_MISSED, ESTIMATE_BOUND * exact);
  }

  private static String answerName(Answer answer) {
    return answer.view() + " at " + answer.live() + " (run " + answer.runId() + ")";
  }
}
