package io.millrace.serving.query;

import io.millrace.control.config.EditDistance;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.view.QueryLayer;
import io.millrace.view.CompiledView.Column;
import io.millrace.view.KeyCondition;
import io.millrace.view.KeyCondition.Operator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a client asks of a view's rows, read from a request's parameters. Its conditions are bound
 * to columns only when it is known which version of the view answers: two may have different ones.
 *
 * <p>{@code column=value}, {@code column.lt=}, {@code .lte=}, {@code .gt=}, {@code .gte=} and
 * {@code column.null=true} are conditions; a column may be a path into a struct ({@code
 * window.start}). {@code column.eq=} is the same as {@code column=}, for columns called like one of
 * {@link #RESERVED}. Immutable.
 */
public final class RowsQuery {
  static final int DEFAULT_LIMIT = 100;
  static final int MAX_LIMIT = 10_000;

  private static final List<String> RESERVED = List.of("limit", "cursor", "layer");
  private static final String NULL_SUFFIX = "null";

  private final String view;
  private final QueryLayer layer;
  private final int limit;
  private final Optional<String> cursor;

  /** Parameter to value, in one order: a cursor does not depend on how the client orders them. */
  private final SortedMap<String, String> conditions = new TreeMap<>();

  /**
   * @param view name of the view
   * @param parameters as sent, decoded
   * @throws MillraceException {@code BAD_REQUEST}
   */
  public RowsQuery(String view, Map<String, List<String>> parameters) {
    parameters.forEach((name, values) -> conditions.put(name, only(name, values)));
    this.view = view;
    this.limit = take("limit").map(RowsQuery::limit).orElse(DEFAULT_LIMIT);
    this.cursor = take("cursor");
    this.layer = take("layer").map(RowsQuery::layer).orElse(QueryLayer.MERGED);
  }

  String view() {
    return view;
  }

  /** Which states to answer from. */
  public QueryLayer layer() {
    return layer;
  }

  /** Most rows of the answer, 1 to {@link #MAX_LIMIT}. */
  int limit() {
    return limit;
  }

  /** Where an earlier answer to the same question ended. */
  Optional<String> cursor() {
    return cursor;
  }

  /** Equal for queries that one cursor may serve. */
  String question() {
    return view + " " + layer + " " + conditions;
  }

  /**
   * The conditions on group columns; all must hold.
   *
   * @param columns of the version that answers
   * @throws MillraceException {@code BAD_REQUEST} if there is no such column
   */
  List<KeyCondition> conditions(List<Column> columns) {
    List<KeyCondition> bound = new ArrayList<>();
    conditions.forEach((name, value) -> bound.add(condition(columns, name, value)));
    return bound;
  }

  private Optional<String> take(String name) {
    return Optional.ofNullable(conditions.remove(name));
  }

  private static String only(String name, List<String> values) {
    if (values.size() > 1) {
      throw bad(
          "parameter '" + name + "' " + values.size() + " times",
          "each at most once",
          "send one value");
    }
    return values.get(0);
  }

  private static int limit(String value) {
    try {
      int limit = Integer.parseInt(value);
      if (limit >= 1 && limit <= MAX_LIMIT) {
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
        "a whole number from 1 to " + MAX_LIMIT,
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
