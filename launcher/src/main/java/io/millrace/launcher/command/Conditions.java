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

/**
 * Conditions as people write them after {@code --where}. All must hold. One that compares a group
 * column, or a field of it, takes what stands behind its operator as it is; whatever else there is,
 * and what has a quote there, is SQL. Immutable.
 */
public final class Conditions {
  private static final Pattern CONDITION =
      Pattern.compile(
          "\\s*((?:`(?:[^`]|``)*`|[^`<>=])+?)\\s*(<=|>=|=|<|>)\\s*(.*)", Pattern.DOTALL);
  private static final Map<String, String> SUFFIXES =
      Map.of("=", "eq", "<", "lt", "<=", "lte", ">", "gt", ">=", "gte");
  private static final Pattern QUOTED = Pattern.compile("`((?:[^`]|``)*)`");

  /** What can be nothing but a column, or a field of one. */
  private static final Pattern NAME = Pattern.compile("(?:`(?:[^`]|``)*`|[\\p{L}\\p{N}_.])+");

  private static final String NULL = "NULL";

  private final List<Condition> conditions;
  private final List<String> sql;

  private Conditions(List<Condition> conditions, List<String> sql) {
    this.conditions = List.copyOf(conditions);
    this.sql = List.copyOf(sql);
  }

  private record Condition(String text, String column, String operator, String value) {
    /** Name of the API's parameter. */
    String parameter() {
      boolean isNull = operator.equals("=") && value.equals(NULL);
      return "where." + column + "." + (isNull ? "null" : SUFFIXES.get(operator));
    }
  }

  /**
   * @param columns of the view; empty if they are not known
   * @throws MillraceException {@code BAD_REQUEST} if one names a column that there is not, or two
   *     say the same of one column
   */
  public static Conditions of(List<String> texts, List<ServingClient.Column> columns) {
    List<Condition> conditions = new ArrayList<>();
    List<String> sql = new ArrayList<>();
    for (String text : texts) {
      Matcher matcher = CONDITION.matcher(text);
      if (!matcher.matches() || isSql(text, matcher.group(1), matcher.group(3), columns)) {
        sql.add(text);
        continue;
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
    return new Conditions(conditions, sql);
  }

  private static boolean isSql(
      String text, String left, String right, List<ServingClient.Column> columns) {
    if (right.startsWith("'") || right.startsWith("\"")) {
      return true;
    }
    boolean group = columns.stream().anyMatch(c -> c.key() && isOf(left, c.name()));
    if (columns.isEmpty() || group) {
      return false;
    }
    boolean known = columns.stream().anyMatch(column -> isOf(left, column.name()));
    if (!known && NAME.matcher(left).matches()) {
      List<String> names = columns.stream().map(ServingClient.Column::name).toList();
      throw bad(
          "--where '" + text + "' on an unknown column",
          "one of " + String.join(", ", names),
          "did you mean '" + nearest(names, left) + "'?");
    }
    return true;
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
    if (sql.size() == 1) {
      parameters.put("where", sql.get(0));
    } else if (!sql.isEmpty()) {
      parameters.put("where", "(" + String.join("\n) AND (", sql) + "\n)");
    }
    return parameters;
  }

  private static MillraceException bad(String found, String expected, String hint) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot query: found " + found + ", expected " + expected + "; " + hint);
  }
}
