package io.millrace.testkit.laws;

import io.millrace.view.CompiledView.Column;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rows of a view, without order, as plain values. Rows are matched by the view's key columns;
 * where those do not tell rows apart, by all columns.
 */
final class Answer {
  private final List<Column> columns;
  private final Map<String, List<List<Object>>> byKey = new LinkedHashMap<>();

  Answer(List<Column> columns, List<List<Object>> rows) {
    this.columns = columns;
    for (List<Object> row : rows) {
      byKey.computeIfAbsent(key(row), k -> new ArrayList<>()).add(row);
    }
  }

  private String key(List<Object> row) {
    Map<String, Object> key = new LinkedHashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).key()) {
        key.put(columns.get(i).name(), row.get(i));
      }
    }
    return Checks.text(key);
  }

  /**
   * @param twins exact twins of the expected rows, or null
   * @return the first difference found, empty if there is none
   */
  Optional<String> difference(Answer expected, Answer twins, Map<String, ColumnCheck> checks) {
    for (String key : expected.byKey.keySet()) {
      if (!byKey.containsKey(key)) {
        return Optional.of("group %s is missing".formatted(key));
      }
    }
    for (Map.Entry<String, List<List<Object>>> group : byKey.entrySet()) {
      List<List<Object>> wanted = expected.byKey.getOrDefault(group.getKey(), List.of());
      if (group.getValue().size() != wanted.size()) {
        return Optional.of(
            "group %s: found %d rows, expected %d"
                .formatted(group.getKey(), group.getValue().size(), wanted.size()));
      }
      List<Object> twin = twins == null ? null : twins.byKey.get(group.getKey()).get(0);
      Optional<String> problem = match(group.getValue(), wanted, twin, checks);
      if (problem.isPresent()) {
        return problem.map(text -> "group %s: %s".formatted(group.getKey(), text));
      }
    }
    return Optional.empty();
  }

  private Optional<String> match(
      List<List<Object>> found,
      List<List<Object>> wanted,
      List<Object> twin,
      Map<String, ColumnCheck> checks) {
    List<List<Object>> open = new ArrayList<>(wanted);
    for (List<Object> row : found) {
      Optional<String> problem = Optional.empty();
      boolean matched = false;
      for (int i = 0; i < open.size() && !matched; i++) {
        problem = compare(row, open.get(i), twin, checks);
        if (problem.isEmpty()) {
          open.remove(i);
          matched = true;
        }
      }
      if (!matched) {
        return problem;
      }
    }
    return Optional.empty();
  }

  private Optional<String> compare(
      List<Object> row, List<Object> wanted, List<Object> twin, Map<String, ColumnCheck> checks) {
    Map<String, String> problems = new HashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.get(i).name();
      ColumnCheck check = checks.getOrDefault(name, Checks.equal());
      check
          .problem(row.get(i), wanted.get(i), twin == null ? null : twin.get(i))
          .ifPresent(text -> problems.put(name, text));
    }
    return problems.isEmpty() ? Optional.empty() : Optional.of("columns " + problems);
  }
}
