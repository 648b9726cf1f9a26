package io.millrace.launcher.command;

import io.millrace.control.config.EditDistance;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.client.ServingClient;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Conditions as people write them after {@code --where}. All must hold. Immutable. */
public final class Conditions {
  private static final Pattern CONDITION =
      Pattern.compile(
          "\\s*((?:`(?:[^`]|``)*`|[^`<>=])+?)\\s*(<=|>=|=|<|>)\\s*(.*)", Pattern.DOTALL);
  private static final Map<String, String> SUFFIXES =
      Map.of("=", "eq", "<", "lt", "<=", "lte", ">", "gt", ">=", "gte");
  private static final Pattern QUOTED = Pattern.compile("`((?:[^`]|``)*)`");
  private static final String NULL = "NULL";

  private final List<Condition> conditions;

  private Conditions(List<Condition> conditions) {
    this.conditions = List.copyOf(conditions);
  }

  private record Condition(String text, String column, String operator, String value) {
    /** Name of the API's parameter. */
    String parameter() {
      boolean isNull = operator.equals("=") && value.equals(NULL);
      return "where." + column + "." + (isNull ? "null" : SUFFIXES.get(operator));
    }
  }

  /**
   * @throws MillraceException {@code BAD_REQUEST} if one is no condition, or two say the same of
   *     one column
   */
  public static Conditions of(List<String> texts) {
    List<Condition> conditions = new ArrayList<>();
    for (String text : texts) {
      Matcher matcher = CONDITION.matcher(text);
      if (!matcher.matches()) {
        throw bad(
            "condition '" + text + "'",
            "column, one of = < <= > >=, and a value",
            "write --where 'month>=2026-01-01'");
      }
      Condition condition =
          new Condition(text, matcher.group(1), matcher.group(2), matcher.group(3).strip());
      if (condition.value().equals(NULL) && !condition.operator().equals("=")) {
        throw bad(
            "--where '" + text + "'",
            "NULL with = only",
            "write '" + condition.column() + "=NULL'");
      }
      for (Condition other : conditions) {
        if (other.parameter().equalsIgnoreCase(condition.parameter())) {
          throw bad(
              "--where '" + other.text() + "' and --where '" + text + "'",
              "each comparison of a column once, for all must hold",
              "leave one out");
        }
      }
      conditions.add(condition);
    }
    return new Conditions(conditions);
  }

  public boolean isEmpty() {
    return conditions.isEmpty();
  }

  /**
   * @param columns of the view; empty if they are not known
   * @throws MillraceException {@code BAD_REQUEST} for a column that no condition can be on
   */
  public void check(List<ServingClient.Column> columns) {
    List<String> groups =
        columns.stream().filter(ServingClient.Column::key).map(ServingClient.Column::name).toList();
    for (Condition condition : conditions) {
      if (!columns.isEmpty() && groups.stream().noneMatch(name -> isOf(condition.column(), name))) {
        boolean known = columns.stream().anyMatch(c -> isOf(condition.column(), c.name()));
        throw bad(
            "--where '"
                + condition.text()
                + "' on "
                + (known ? "a column that is computed" : "an unknown column"),
            groups.isEmpty()
                ? "none: the view has no group columns"
                : "a condition on a group column: " + String.join(", ", groups),
            known || groups.isEmpty()
                ? "choose among the rows you get"
                : "did you mean '" + nearest(groups, condition.column()) + "'?");
      }
    }
  }

  /** The column itself, or a field of it. */
  private static boolean isOf(String path, String column) {
    String lower = plain(path).toLowerCase(Locale.ROOT);
    String name = column.toLowerCase(Locale.ROOT);
    return lower.equals(name) || lower.startsWith(name + ".");
  }

  /** The path without the backticks that names may stand in. */
  private static String plain(String path) {
    Matcher quoted = QUOTED.matcher(path);
    return quoted.replaceAll(name -> Matcher.quoteReplacement(name.group(1).replace("``", "`")));
  }

  private static String nearest(List<String> names, String name) {
    return names.stream()
        .min(Comparator.comparingInt(known -> EditDistance.between(known, name)))
        .orElseThrow();
  }

  /** Parameters of the API; the map is the caller's own. */
  public Map<String, String> parameters() {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (Condition condition : conditions) {
      boolean isNull = condition.value().equals(NULL);
      parameters.put(condition.parameter(), isNull ? "true" : condition.value());
    }
    return parameters;
  }

  private static MillraceException bad(String found, String expected, String hint) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot query: found " + found + ", expected " + expected + "; " + hint);
  }
}
