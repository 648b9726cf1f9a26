package io.millrace.batch;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.view.CompiledView;
import io.millrace.view.CompiledView.Column;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Compares the rows of an answer with the rows it should have, as multisets. Columns that are exact
 * must have equal JSON; of the others, floating point numbers may differ by {@link #TOLERANCE},
 * times the larger of the two if that is more than 1 (a sum of amounts that cancel out has no
 * digits to be relative to), and {@link Rule#SKETCH} columns are not compared.
 */
final class Verification {
  static final double TOLERANCE = 1e-9;

  /** How a column is compared. */
  enum Rule {
    EXACT,
    FLOATING,
    SKETCH
  }

  /**
   * @param expected null where the answer has a row too many
   * @param found null where the answer lacks a row
   */
  record Difference(List<JsonNode> expected, List<JsonNode> found) {}

  /**
   * @param equal rows that agree
   * @param differ rows that do not: a row of each side counts once
   */
  record Result(long equal, long differ, List<Difference> examples) {}

  private static final int EXAMPLES = 10;

  private final List<Rule> rules;

  Verification(List<Rule> rules) {
    this.rules = List.copyOf(rules);
  }

  static Rule rule(CompiledView view, Column column) {
    if (column.exact()) {
      return Rule.EXACT;
    }
    return view.rounded(column) ? Rule.FLOATING : Rule.SKETCH;
  }

  Result compare(Iterator<List<JsonNode>> expected, Iterator<List<JsonNode>> found) {
    // Rows with equal exact columns are candidates for each other.
    Map<List<JsonNode>, Deque<List<JsonNode>>> wanted = new HashMap<>();
    expected.forEachRemaining(
        row -> wanted.computeIfAbsent(exact(row), key -> new ArrayDeque<>()).add(row));
    long equal = 0;
    List<List<JsonNode>> surplus = new ArrayList<>();
    while (found.hasNext()) {
      List<JsonNode> row = found.next();
      if (takeClose(wanted.get(exact(row)), row)) {
        equal++;
      } else {
        surplus.add(row);
      }
    }
    List<List<JsonNode>> missing = wanted.values().stream().flatMap(Deque::stream).toList();
    List<Difference> examples = new ArrayList<>();
    long differ = pair(missing, surplus, examples);
    return new Result(equal, differ, examples);
  }

  private boolean takeClose(Deque<List<JsonNode>> candidates, List<JsonNode> row) {
    if (candidates == null) {
      return false;
    }
    for (Iterator<List<JsonNode>> it = candidates.iterator(); it.hasNext(); ) {
      if (close(it.next(), row)) {
        it.remove();
        return true;
      }
    }
    return false;
  }

  /** Pairs what is missing with what is too much, rows most alike first, for people to read. */
  private static long pair(
      List<List<JsonNode>> missing, List<List<JsonNode>> surplus, List<Difference> examples) {
    List<List<JsonNode>> left = new ArrayList<>(missing);
    List<List<JsonNode>> right = new ArrayList<>(surplus);
    long differ = Math.max(left.size(), right.size());
    while (examples.size() < EXAMPLES && (!left.isEmpty() || !right.isEmpty())) {
      List<JsonNode> wanted = left.isEmpty() ? null : left.remove(left.size() - 1);
      List<JsonNode> got = null;
      if (!right.isEmpty()) {
        int best = 0;
        if (wanted != null) {
          for (int i = 1; i < Math.min(right.size(), 10_000); i++) {
            if (alike(wanted, right.get(i)) > alike(wanted, right.get(best))) {
              best = i;
            }
          }
        }
        got = right.remove(best);
      }
      examples.add(new Difference(wanted, got));
    }
    return differ;
  }

  private static int alike(List<JsonNode> a, List<JsonNode> b) {
    int score = 0;
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      // The first columns are mostly the group's: they weigh most.
      score = 2 * score + (a.get(i).equals(b.get(i)) ? 1 : 0);
    }
    return score;
  }

  private List<JsonNode> exact(List<JsonNode> row) {
    List<JsonNode> key = new ArrayList<>();
    for (int i = 0; i < rules.size() && i < row.size(); i++) {
      if (rules.get(i) == Rule.EXACT) {
        key.add(row.get(i));
      }
    }
    // A row of another length equals none.
    if (row.size() != rules.size()) {
      key.add(com.fasterxml.jackson.databind.node.IntNode.valueOf(row.size()));
    }
    return key;
  }

  private boolean close(List<JsonNode> a, List<JsonNode> b) {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i) == Rule.FLOATING && !close(a.get(i), b.get(i))) {
        return false;
      }
    }
    return a.size() == b.size();
  }

  /** Numbers within the tolerance at every depth, everything else equal. */
  static boolean close(JsonNode a, JsonNode b) {
    if (a.isNumber() && b.isNumber()) {
      if (a.equals(b)) {
        return true;
      }
      if (a.isIntegralNumber() && b.isIntegralNumber()) {
        return new BigDecimal(a.asText()).compareTo(new BigDecimal(b.asText())) == 0;
      }
      double x = a.doubleValue();
      double y = b.doubleValue();
      return Math.abs(x - y) <= TOLERANCE * Math.max(1, Math.max(Math.abs(x), Math.abs(y)));
    }
    if ((a.isArray() && b.isArray()) || (a.isObject() && b.isObject())) {
      if (a.size() != b.size()) {
        return false;
      }
      if (a.isObject()) {
        return a.properties().stream()
            .allMatch(
                field -> b.has(field.getKey()) && close(field.getValue(), b.get(field.getKey())));
      }
      for (int i = 0; i < a.size(); i++) {
        if (!close(a.get(i), b.get(i))) {
          return false;
        }
      }
      return true;
    }
    return a.equals(b);
  }
}
