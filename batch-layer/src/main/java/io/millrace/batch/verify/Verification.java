package io.millrace.batch.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.view.CompiledView;
import io.millrace.view.CompiledView.Column;
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
 * must have equal JSON, 0.0 and −0.0 being one; columns that round must be what the group's state
 * could give within its rounding, and those of sketches within the sketch's bound ({@link Leeway});
 * {@link Rule#OPEN} columns are not compared.
 */
final class Verification {
  /** How a column is compared. */
  enum Rule {
    EXACT,
    /** Within what rounding allows. */
    FLOATING,
    /** Within the bound of a sketch. */
    BOUNDED,
    /** Several values are right, and nothing says how far apart they may be. */
    OPEN;

    boolean hasLeeway() {
      return this == FLOATING || this == BOUNDED;
    }
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
  private final Supplier<Iterator<Leeway>> leeways;

  /**
   * @param leeways what each group may be, in any order, anew for each pass
   */
  Verification(List<Rule> rules, Supplier<Iterator<Leeway>> leeways) {
    this.rules = List.copyOf(rules);
    this.leeways = leeways;
  }

  static Rule rule(CompiledView view, Column column) {
    if (column.exact()) {
      return Rule.EXACT;
    }
    if (view.bounded(column)) {
      return Rule.BOUNDED;
    }
    return view.rounded(column) ? Rule.FLOATING : Rule.OPEN;
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
      Map<List<JsonNode>, List<Leeway>> allowed = allowed(pass, passes);
      // Rows with equal exact columns are candidates for each other.
      Map<List<JsonNode>, Deque<List<JsonNode>>> wanted = new HashMap<>();
      Iterator<List<JsonNode>> all = expected.get();
      while (all.hasNext()) {
        List<JsonNode> row = plain(all.next());
        List<JsonNode> exact = exact(row);
        if (pass(exact, passes) == pass) {
          wanted.computeIfAbsent(exact, key -> new ArrayDeque<>(1)).add(row);
        }
      }
      Iterator<List<JsonNode>> answers = found.get();
      while (answers.hasNext()) {
        List<JsonNode> row = plain(answers.next());
        List<JsonNode> exact = exact(row);
        if (pass(exact, passes) != pass) {
          continue;
        }
        List<Leeway> leeway = allowed.getOrDefault(exact, List.of());
        if (takeClose(wanted.get(exact), row, leeway) || optional(row, leeway)) {
          equal++;
        } else {
          surplus.add(row);
        }
      }
      wanted.forEach(
          (exact, rows) -> {
            List<Leeway> leeway = allowed.getOrDefault(exact, List.of());
            rows.stream().filter(row -> !optional(row, leeway)).forEach(missing::add);
          });
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

  private Map<List<JsonNode>, List<Leeway>> allowed(int pass, int passes) {
    Map<List<JsonNode>, List<Leeway>> allowed = new HashMap<>();
    if (rules.stream().anyMatch(Rule::hasLeeway)) {
      Iterator<Leeway> all = leeways.get();
      while (all.hasNext()) {
        Leeway leeway = all.next();
        List<JsonNode> exact = exact(plain(leeway.row()));
        if (pass(exact, passes) == pass) {
          allowed.computeIfAbsent(exact, key -> new ArrayList<>(1)).add(leeway);
        }
      }
    }
    return allowed;
  }

  /** Whether HAVING may as well keep the row as drop it. */
  private boolean optional(List<JsonNode> row, List<Leeway> leeways) {
    return leeways.stream().anyMatch(leeway -> leeway.optional() && leeway.allows(rules, row));
  }

  /** SQL has 0.0 and −0.0 equal. */
  private static List<JsonNode> plain(List<JsonNode> row) {
    return row.stream().map(Verification::plain).toList();
  }

  private static JsonNode plain(JsonNode value) {
    if (value.isDouble() || value.isFloat()) {
      return value.doubleValue() == 0 ? DoubleNode.valueOf(0.0) : value;
    }
    if (value.isArray()) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      value.forEach(element -> array.add(plain(element)));
      return array;
    }
    if (value.isObject()) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      value.properties().forEach(field -> object.set(field.getKey(), plain(field.getValue())));
      return object;
    }
    return value;
  }

  private boolean takeClose(
      Deque<List<JsonNode>> candidates, List<JsonNode> row, List<Leeway> leeways) {
    if (candidates == null) {
      return false;
    }
    for (Iterator<List<JsonNode>> it = candidates.iterator(); it.hasNext(); ) {
      if (close(it.next(), row, leeways)) {
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

  private boolean close(List<JsonNode> a, List<JsonNode> b, List<Leeway> leeways) {
    return a.size() == b.size()
        && (same(a, b)
            || leeways.stream()
                .anyMatch(leeway -> leeway.allows(rules, a) && leeway.allows(rules, b)));
  }

  private boolean same(List<JsonNode> a, List<JsonNode> b) {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).hasLeeway() && !a.get(i).equals(b.get(i))) {
        return false;
      }
    }
    return true;
  }
}
