package io.millrace.batch.verify;

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
import java.util.function.Supplier;

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

  /** Rows without a partner that are looked through for examples, per side. */
  private static final int KEPT = 10_000;

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

  /**
   * Compares in one pass, which holds all expected rows in memory.
   *
   * @param expected read once
   * @param found read once
   */
  Result compare(Iterator<List<JsonNode>> expected, Iterator<List<JsonNode>> found) {
    return compare(1, () -> expected, () -> found);
  }

  /**
   * Compares in several passes, each of which holds its share of the expected rows in memory: those
   * whose exact columns hash to it.
   *
   * @param expected all rows, in any order, anew for each pass
   * @param found as {@code expected}
   */
  Result compare(
      int passes,
      Supplier<Iterator<List<JsonNode>>> expected,
      Supplier<Iterator<List<JsonNode>>> found) {
    long equal = 0;
    Rest missing = new Rest();
    Rest surplus = new Rest();
    for (int pass = 0; pass < passes; pass++) {
      // Rows with equal exact columns are candidates for each other.
      Map<List<JsonNode>, Deque<List<JsonNode>>> wanted = new HashMap<>();
      Iterator<List<JsonNode>> all = expected.get();
      while (all.hasNext()) {
        List<JsonNode> row = all.next();
        List<JsonNode> exact = exact(row);
        if (pass(exact, passes) == pass) {
          wanted.computeIfAbsent(exact, key -> new ArrayDeque<>(1)).add(row);
        }
      }
      Iterator<List<JsonNode>> answers = found.get();
      while (answers.hasNext()) {
        List<JsonNode> row = answers.next();
        List<JsonNode> exact = exact(row);
        if (pass(exact, passes) != pass) {
          continue;
        }
        if (takeClose(wanted.get(exact), row)) {
          equal++;
        } else {
          surplus.add(row);
        }
      }
      wanted.values().forEach(rows -> rows.forEach(missing::add));
    }
    return new Result(
        equal, Math.max(missing.count, surplus.count), examples(missing.rows, surplus.rows));
  }

  private static int pass(List<JsonNode> exact, int passes) {
    return Math.floorMod(exact.hashCode(), passes);
  }

  /** Rows of one side without a partner: counted, and the first of them kept. */
  private static final class Rest {
    final List<List<JsonNode>> rows = new ArrayList<>();
    long count;

    void add(List<JsonNode> row) {
      count++;
      if (rows.size() < KEPT) {
        rows.add(row);
      }
    }
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
  private static List<Difference> examples(
      List<List<JsonNode>> missing, List<List<JsonNode>> surplus) {
    List<Difference> examples = new ArrayList<>();
    List<List<JsonNode>> left = new ArrayList<>(missing);
    List<List<JsonNode>> right = new ArrayList<>(surplus);
    while (examples.size() < EXAMPLES && (!left.isEmpty() || !right.isEmpty())) {
      List<JsonNode> wanted = left.isEmpty() ? null : left.remove(left.size() - 1);
      List<JsonNode> got = null;
      if (!right.isEmpty()) {
        int best = 0;
        if (wanted != null) {
          for (int i = 1; i < right.size(); i++) {
            if (alike(wanted, right.get(i)) > alike(wanted, right.get(best))) {
              best = i;
            }
          }
        }
        got = right.remove(best);
      }
      examples.add(new Difference(wanted, got));
    }
    return examples;
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
