package io.millrace.serving;

import io.millrace.control.EditDistance;
import io.millrace.control.ErrorCode;
import io.millrace.control.MillraceException;
import io.millrace.view.CompiledView.Column;
import io.millrace.view.KeyCondition;
import io.millrace.view.KeyCondition.Operator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The query parameters of a rows request.
 *
 * <p>{@code column=value}, {@code column.lt=}, {@code .lte=}, {@code .gt=}, {@code .gte=} and
 * {@code column.null=true} are conditions; a column may be a path into a struct ({@code
 * window.start}). {@code column.eq=} is the same as {@code column=}, for columns called like one of
 * {@link #RESERVED}.
 */
final class RowsParameters {
  private static final List<String> RESERVED = List.of("limit", "cursor", "layer");
  private static final String NULL_SUFFIX = "null";

  private RowsParameters() {}

  /**
   * @param columns of the view that will answer
   * @param parameters as sent, decoded
   * @throws MillraceException {@code BAD_REQUEST}
   */
  static RowsQuery parse(String view, List<Column> columns, Map<String, List<String>> parameters) {
    List<KeyCondition> conditions = new ArrayList<>();
    QueryLayer layer = QueryLayer.MERGED;
    int limit = RowsQuery.DEFAULT_LIMIT;
    Optional<String> cursor = Optional.empty();
    for (Map.Entry<String, List<String>> parameter : parameters.entrySet()) {
      String name = parameter.getKey();
      if (parameter.getValue().size() > 1) {
        throw bad(
            "parameter '" + name + "' " + parameter.getValue().size() + " times",
            "each at most once",
            "send one value");
      }
      String value = parameter.getValue().get(0);
      switch (name) {
        case "limit" -> limit = limit(value);
        case "cursor" -> cursor = Optional.of(value);
        case "layer" -> layer = layer(value);
        default -> conditions.add(condition(columns, name, value));
      }
    }
    // In one order, so that a cursor does not depend on the order of parameters.
    conditions.sort(Comparator.comparing(KeyCondition::toString));
    return new RowsQuery(view, conditions, layer, limit, cursor);
  }

  private static int limit(String value) {
    try {
      int limit = Integer.parseInt(value);
      if (limit >= 1 && limit <= RowsQuery.MAX_LIMIT) {
        return limit;
      }
    } catch (NumberFormatException e) {
      throw badLimit(value);
    }
    throw badLimit(value);
  }

  private static MillraceException badLimit(String value) {
    return bad(
        "limit '" + value + "'",
        "a whole number from 1 to " + RowsQuery.MAX_LIMIT,
        "use cursor to read more");
  }

  private static QueryLayer layer(String value) {
    for (QueryLayer layer : QueryLayer.values()) {
      if (layer.label().equals(value)) {
        return layer;
      }
    }
    throw bad("layer '" + value + "'", "merged, batch or speed", "choose one");
  }

  private static KeyCondition condition(List<Column> columns, String name, String value) {
    if (isColumn(columns, name)) {
      return new KeyCondition(name, Operator.EQ, value);
    }
    int dot = name.lastIndexOf('.');
    String path = dot < 0 ? name : name.substring(0, dot);
    String suffix = dot < 0 ? "" : name.substring(dot + 1);
    if (dot > 0 && isColumn(columns, rootOf(path))) {
      if (suffix.equals(NULL_SUFFIX)) {
        if (!value.equals("true")) {
          throw bad(name + "=" + value, name + "=true", "leave it out to get all rows");
        }
        return new KeyCondition(path, Operator.EQ, null);
      }
      for (Operator operator : Operator.values()) {
        if (operator.name().toLowerCase(Locale.ROOT).equals(suffix)) {
          return new KeyCondition(path, operator, value);
        }
      }
      return new KeyCondition(name, Operator.EQ, value);
    }
    throw unknown(columns, name);
  }

  private static MillraceException unknown(List<Column> columns, String name) {
    List<String> known =
        Stream.concat(RESERVED.stream(), columns.stream().filter(Column::key).map(Column::name))
            .toList();
    String root = rootOf(name);
    String nearest =
        known.stream()
            .min(Comparator.comparingInt(candidate -> EditDistance.between(candidate, root)))
            .orElseThrow();
    return bad(
        "unknown query parameter '" + name + "'",
        "one of " + known + ", a column optionally with .lt, .lte, .gt, .gte or .null",
        "did you mean '" + nearest + "'?");
  }

  private static boolean isColumn(List<Column> columns, String name) {
    return columns.stream().anyMatch(column -> column.name().equalsIgnoreCase(name));
  }

  private static String rootOf(String path) {
    int dot = path.indexOf('.');
    return dot < 0 ? path : path.substring(0, dot);
  }

  private static MillraceException bad(String found, String expected, String hint) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot answer: found " + found + ", expected " + expected + "; " + hint);
  }
}
