package io.millrace.serving.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.view.AtLeast;
import io.millrace.serving.view.QueryLayer;
import io.millrace.view.CompiledView.Column;
import io.millrace.view.KeyCondition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a client asks of a view's rows, read from a request's parameters. Its conditions are bound
 * to columns only when it is known which version of the view answers: two may have different ones.
 *
 * <p>{@code where.column=value}, {@code where.column.lt=}, {@code .lte=}, {@code .gt=}, {@code
 * .gte=}, {@code .eq=} and {@code where.column.null=true} are conditions; {@link Conditions} reads
 * what is between. {@code $limit}, {@code $cursor}, {@code $layer}, {@code $format}, {@code
 * $at_least} and {@code $timeout} are words of a request; {@code $where}, {@code $order_by} and
 * {@code $columns} are parts of SQL, whose {@code :name} is {@code $parameter.name}. Both may be
 * written without their prefix where the view leaves no doubt: a word that is also a column of the
 * view is refused. Immutable.
 */
public final class RowsQuery {
  static final int DEFAULT_LIMIT = 100;
  static final int MAX_LIMIT = 10_000;

  private static final List<String> WORDS =
      List.of(
          "limit",
          "cursor",
          "layer",
          "format",
          "where",
          "order_by",
          "columns",
          AtLeast.POSITION,
          AtLeast.TIMEOUT);

  /** What {@code $cursor} says where no position need be held. */
  private static final String NO_CURSOR = "none";

  /** What {@code $limit} says for as many rows as there may be. */
  private static final String ALL = "all";

  private static final String WORD_PREFIX = "$";
  private static final String CONDITION_PREFIX = "where.";
  private static final String PARAMETER_PREFIX = "$parameter.";

  private final String view;
  private final QueryLayer layer;
  private final int limit;
  private final Optional<String> cursor;
  private final Optional<String> format;
  private final Optional<String> where;
  private final Optional<String> orderBy;
  private final Optional<String> columns;

  /** Values of the {@code :name}s of the parts of SQL. */
  private final SortedMap<String, Object> parameters = new TreeMap<>();

  private final Optional<AtLeast> atLeast;

  /** Words that were written without their prefix. */
  private final List<String> bareWords = new ArrayList<>();

  /**
   * Parameter without its prefix to value, in one order: a cursor does not depend on how the client
   * orders them.
   */
  private final SortedMap<String, String> conditions = new TreeMap<>();

  /**
   * @param view name of the view
   * @param parameters as sent, decoded
   * @throws MillraceException {@code BAD_REQUEST}
   */
  public RowsQuery(String view, Map<String, List<String>> parameters) {
    this.view = view;
    Map<String, String> words = new HashMap<>();
    parameters.forEach(
        (name, values) -> {
          String value = only(name, values);
          String word = name.startsWith(WORD_PREFIX) ? name.substring(1) : name;
          if (WORDS.contains(word)) {
            put(words, word, value);
            if (word.equals(name)) {
              bareWords.add(word);
            }
          } else if (name.startsWith(PARAMETER_PREFIX)) {
            this.parameters.put(name.substring(PARAMETER_PREFIX.length()), value);
          } else {
            boolean prefixed = name.startsWith(CONDITION_PREFIX);
            put(conditions, prefixed ? name.substring(CONDITION_PREFIX.length()) : name, value);
          }
        });
    this.where = Optional.ofNullable(words.get("where"));
    this.orderBy = Optional.ofNullable(words.get("order_by"));
    this.columns = Optional.ofNullable(words.get("columns"));
    if (!inSql() && !this.parameters.isEmpty()) {
      throw bad(
          "parameter '" + PARAMETER_PREFIX + this.parameters.firstKey() + "'",
          "a $where or $order_by that names it",
          "leave it out");
    }
    this.limit =
        Optional.ofNullable(words.get("limit")).map(RowsQuery::limit).orElse(DEFAULT_LIMIT);
    this.cursor = Optional.ofNullable(words.get("cursor"));
    this.format = Optional.ofNullable(words.get("format"));
    this.layer =
        Optional.ofNullable(words.get("layer")).map(RowsQuery::layer).orElse(QueryLayer.MERGED);
    this.atLeast = AtLeast.read(words.get(AtLeast.POSITION), words.get(AtLeast.TIMEOUT));
  }

  String view() {
    return view;
  }

  /** Which states to answer from. */
  public QueryLayer layer() {
    return layer;
  }

  /** What the answer must have reached. */
  Optional<AtLeast> atLeast() {
    return atLeast;
  }

  /** Most rows of the answer, 1 to {@link #MAX_LIMIT}, or {@link SqlQuery#ALL} at most in SQL. */
  int limit() {
    return limit;
  }

  /** The form of the answer that is named. */
  public Optional<String> format() {
    return format;
  }

  /** Whether it asks for what only SQL has: then {@link OrderedRows} answers it. */
  public boolean inSql() {
    return where.isPresent() || orderBy.isPresent() || columns.isPresent() || limit > MAX_LIMIT;
  }

  Optional<String> where() {
    return where;
  }

  Optional<String> orderBy() {
    return orderBy;
  }

  Optional<String> columns() {
    return columns;
  }

  Map<String, Object> parameters() {
    return parameters;
  }

  /** Where an earlier answer to the same question ended. */
  Optional<String> cursor() {
    return cursor.filter(text -> !text.equals(NO_CURSOR));
  }

  /** Whether the client may want to go on: else no position is held for it. */
  boolean mayGoOn() {
    return cursor.filter(NO_CURSOR::equals).isEmpty();
  }

  /** Equal for queries that one cursor may serve. */
  String question() {
    // A cursor says a group key, or how many rows come before: never is one read as the other.
    return List.of(view, layer, conditions, where, orderBy, columns, parameters, inSql())
        .toString();
  }

  /**
   * The conditions on group columns; all must hold.
   *
   * @param columns of the version that answers
   * @throws MillraceException {@code BAD_REQUEST} if there is no such column
   */
  List<KeyCondition> conditions(List<Column> columns) {
    for (String word : bareWords) {
      if (columns.stream().anyMatch(column -> column.name().equalsIgnoreCase(word))) {
        throw bad(
            "parameter '" + word + "', which is a word of the request and a column of view " + view,
            "one of them",
            "write $" + word + " for the word, where." + word + " for the column");
      }
    }
    List<KeyCondition> bound = new ArrayList<>();
    conditions.forEach((path, value) -> bound.add(Conditions.bind(columns, path, value)));
    return bound;
  }

  private static void put(Map<String, String> into, String name, String value) {
    if (into.put(name, value) != null) {
      throw bad(
          "parameter '" + name + "' with its prefix and without",
          "each at most once",
          "send one value");
    }
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
    if (value.equals(ALL)) {
      return SqlQuery.ALL;
    }
    try {
      int limit = Integer.parseInt(value);
      if (limit >= 1) {
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
        "a whole number from 1 on, or all",
        "use cursor to read more; for a column of that name write where.limit");
  }

  private static QueryLayer layer(String value) {
    return QueryLayer.of(value)
        .orElseThrow(
            () ->
                bad(
                    "layer '" + value + "'",
                    "merged, batch or speed",
                    "choose one; for a column of that name write where.layer"));
  }

  private static MillraceException bad(String found, String expected, String hint) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot answer: found " + found + ", expected " + expected + "; " + hint);
  }
}
