package io.millrace.serving.query;

import io.millrace.control.config.EditDistance;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.CompiledView.Column;
import io.millrace.view.KeyCondition;
import io.millrace.view.KeyCondition.Operator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the left side of a condition means to a view: a column, fields of it, an operator.
 *
 * <p>It is a path of names with a dot between, each bare or in backticks as in SQL. A column may
 * have dots in its own name and be called like an operator, so a bare path can be read in several
 * ways: exactly one of them must name a column of the view. A name in backticks has one reading.
 */
final class Conditions {
  private static final String NULL_SUFFIX = "null";

  private record Part(String text, boolean quoted) {}

  /** One way to read a path. */
  private record Reading(String column, List<String> fields, Optional<String> operator) {}

  private Conditions() {}

  /**
   * @param path what stands before the {@code =}
   * @param value what stands behind it
   * @throws MillraceException {@code BAD_REQUEST}
   */
  static KeyCondition bind(List<Column> columns, String path, String value) {
    List<Part> parts = parts(path);
    List<Reading> readings = readings(columns, parts, true);
    if (readings.isEmpty()) {
      readings = readings(columns, parts, false);
    }
    if (readings.isEmpty()) {
      throw unknown(columns, path, parts);
    }
    if (readings.size() > 1) {
      throw bad(
          path,
          "a name of both column "
              + readings.get(0).column()
              + " and column "
              + readings.get(1).column(),
          "one column",
          "write the column's name in backticks: where.`" + readings.get(1).column() + "`");
    }
    Reading reading = readings.get(0);
    String operator = reading.operator().orElse("eq");
    if (operator.equals(NULL_SUFFIX)) {
      if (!value.equals("true")) {
        throw bad(path, "'" + value + "'", "true", "leave it out to get all rows");
      }
      return new KeyCondition(reading.column(), reading.fields(), Operator.EQ, null);
    }
    return new KeyCondition(
        reading.column(),
        reading.fields(),
        Operator.valueOf(operator.toUpperCase(Locale.ROOT)),
        value);
  }

  private static List<Reading> readings(List<Column> columns, List<Part> parts, boolean strict) {
    Map<String, Reading> readings = new LinkedHashMap<>();
    for (int length = 1; length <= parts.size(); length++) {
      Optional<String> name = name(parts.subList(0, length));
      List<Part> rest = parts.subList(length, parts.size());
      name.flatMap(text -> column(columns, text))
          .flatMap(column -> reading(column, rest, strict))
          .ifPresent(reading -> readings.put(reading.column(), reading));
    }
    return List.copyOf(readings.values());
  }

  private static Optional<Reading> reading(Column column, List<Part> rest, boolean strict) {
    Part last = rest.isEmpty() ? null : rest.get(rest.size() - 1);
    boolean compared = last != null && !last.quoted() && isOperator(last.text());
    List<String> fields =
        rest.subList(0, rest.size() - (compared ? 1 : 0)).stream().map(Part::text).toList();
    boolean struct = column.type().toUpperCase(Locale.ROOT).startsWith("STRUCT");
    if (strict && !fields.isEmpty() && !struct) {
      return Optional.empty();
    }
    return Optional.of(
        new Reading(column.name(), fields, compared ? Optional.of(last.text()) : Optional.empty()));
  }

  /** Several parts are one name only where none of them is quoted. */
  private static Optional<String> name(List<Part> parts) {
    return parts.size() > 1 && parts.stream().anyMatch(Part::quoted)
        ? Optional.empty()
        : Optional.of(String.join(".", parts.stream().map(Part::text).toList()));
  }

  private static Optional<Column> column(List<Column> columns, String name) {
    return columns.stream()
        .filter(column -> column.name().equals(name))
        .findFirst()
        .or(() -> columns.stream().filter(c -> c.name().equalsIgnoreCase(name)).findFirst());
  }

  private static boolean isOperator(String text) {
    if (text.equals(NULL_SUFFIX)) {
      return true;
    }
    for (Operator operator : Operator.values()) {
      if (operator.name().toLowerCase(Locale.ROOT).equals(text)) {
        return true;
      }
    }
    return false;
  }

  private static List<Part> parts(String path) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (at <= path.length()) {
      boolean quoted = at < path.length() && path.charAt(at) == '`';
      StringBuilder text = new StringBuilder();
      if (quoted) {
        at++;
        while (!path.startsWith("`", at) || path.startsWith("``", at)) {
          if (at >= path.length()) {
            throw malformed(path);
          }
          text.append(path.charAt(at));
          at += path.startsWith("``", at) ? 2 : 1;
        }
        at++;
        if (at < path.length() && path.charAt(at) != '.') {
          throw malformed(path);
        }
      } else {
        while (at < path.length() && path.charAt(at) != '.') {
          text.append(path.charAt(at++));
        }
      }
      parts.add(new Part(text.toString(), quoted));
      at++;
    }
    return parts;
  }

  private static MillraceException malformed(String path) {
    return bad(
        path,
        "backticks that do not enclose a whole name",
        "names with a dot between, each bare or in backticks",
        "write two backticks for one inside");
  }

  private static MillraceException unknown(List<Column> columns, String path, List<Part> parts) {
    List<String> known = columns.stream().filter(Column::key).map(Column::name).toList();
    String hint =
        known.stream()
            .min(Comparator.comparingInt(name -> EditDistance.between(name, parts.get(0).text())))
            .map(nearest -> "did you mean '" + nearest + "'?")
            .orElse("ask without conditions");
    Part last = parts.get(parts.size() - 1);
    boolean compared = parts.size() > 1 && !last.quoted() && isOperator(last.text());
    return bad(
        compared ? path.substring(0, path.lastIndexOf('.')) : path,
        "no such column",
        "one of " + known + ", optionally with .lt, .lte, .gt, .gte or .null",
        hint);
  }

  private static MillraceException bad(String path, String found, String expected, String hint) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot filter by " + path + ": found " + found + ", expected " + expected + "; " + hint);
  }
}
