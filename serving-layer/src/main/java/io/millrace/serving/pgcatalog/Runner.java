package io.millrace.serving.pgcatalog;

import static io.millrace.serving.pgcatalog.CatalogValues.isTrue;
import static io.millrace.serving.pgcatalog.CatalogValues.key;

import io.millrace.serving.pgcatalog.Evaluator.Env;
import io.millrace.serving.pgcatalog.Evaluator.Scope;
import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Answers queries over relations in memory. Thread-confined, for one question. */
final class Runner {
  private static final Set<String> AGGREGATES =
      Set.of(
          "count",
          "sum",
          "min",
          "max",
          "avg",
          "string_agg",
          "array_agg",
          "bool_or",
          "bool_and",
          "every");

  private final SystemTables tables;
  private final Functions functions;
  private final Evaluator evaluator;
  private final Steps steps;
  private final Map<String, CatalogRelation> common = new HashMap<>();

  Runner(SystemTables tables, Functions functions, List<Object> parameters, Steps steps) {
    this.tables = tables;
    this.functions = functions;
    this.steps = steps;
    this.evaluator = new Evaluator(parameters, functions, this, steps);
  }

  CatalogRelation rows(Ast.Query query) {
    Scope none = new Scope(CatalogRelation.one(), null);
    return rows(query, none, new Env(none, new Object[0], null, null));
  }

  /** The types of a query's columns. */
  List<PgType> types(Ast.Query query, Scope scope) {
    if (query.body() instanceof Ast.Select select) {
      CatalogRelation from = shape(select.from(), scope);
      Scope inner = new Scope(from, scope);
      return expanded(select.items(), from).stream()
          .map(item -> evaluator.type(item.node(), inner))
          .toList();
    }
    return List.of(PgType.TEXT);
  }

  /** Columns alone: a sub-query's type is asked where its rows are not. */
  private CatalogRelation shape(Ast.From from, Scope scope) {
    if (from == null) {
      return CatalogRelation.one();
    }
    if (from instanceof Ast.Join join) {
      CatalogRelation left = shape(join.left(), scope);
      CatalogRelation right = shape(join.right(), scope);
      return combined(left, right, List.of());
    }
    Object[] nothing = new Object[scope == null ? 0 : scope.relation().columns().size()];
    Env env = scope == null ? null : env(scope);
    CatalogRelation relation = from(from, scope, env, null);
    return new CatalogRelation(relation.columns(), List.of(), relation.open());
  }

  /** Rows of NULLs, as deep as the scope is. */
  private static Env env(Scope scope) {
    return scope == null
        ? null
        : new Env(scope, new Object[scope.relation().columns().size()], null, env(scope.outer()));
  }

  /**
   * @param scope around it
   * @param env around it
   */
  CatalogRelation rows(Ast.Query query, Scope scope, Env env) {
    Map<String, CatalogRelation> before = new HashMap<>(common);
    for (Ast.Common each : query.common()) {
      common.put(each.name(), rows(each.query(), scope, env).as(each.name(), each.columns()));
    }
    try {
      return limited(query, body(query, scope, env), scope, env);
    } finally {
      common.clear();
      common.putAll(before);
    }
  }

  private CatalogRelation limited(Ast.Query query, CatalogRelation all, Scope scope, Env env) {
    if (query.limit() == null && query.offset() == null) {
      return all;
    }
    Long offset =
        query.offset() == null ? null : CatalogValues.number(evaluator.value(query.offset(), env));
    Long limit =
        query.limit() == null ? null : CatalogValues.number(evaluator.value(query.limit(), env));
    int size = all.rows().size();
    int from = (int) Math.min(size, Math.max(0, offset == null ? 0 : offset));
    int to = (int) Math.min(size, from + Math.max(0, limit == null ? size : limit));
    return new CatalogRelation(
        all.columns(), all.rows().subList(from, Math.max(from, to)), all.open());
  }

  private CatalogRelation body(Ast.Query query, Scope scope, Env env) {
    if (query.body() instanceof Ast.Select select) {
      return select(select, query.order(), scope, env);
    }
    CatalogRelation rows =
        query.body() instanceof Ast.Both both
            ? both(both, scope, env)
            : values((Ast.Values) query.body(), scope, env);
    Scope own = new Scope(rows, scope);
    List<Keyed> keyed = new ArrayList<>();
    for (Object[] row : rows.rows()) {
      Env at = new Env(own, row, null, env);
      keyed.add(new Keyed(row, orderKeys(query.order(), row, rows, List.of(), at)));
    }
    return new CatalogRelation(rows.columns(), sorted(keyed, query.order()), Set.of());
  }

  private CatalogRelation values(Ast.Values values, Scope scope, Env env) {
    List<Object[]> rows = new ArrayList<>();
    for (List<Ast.Node> row : values.rows()) {
      steps.room(rows.size());
      rows.add(row.stream().map(node -> evaluator.value(node, env)).toArray());
    }
    List<CatalogRelation.Column> columns = new ArrayList<>();
    for (int i = 0; i < values.rows().get(0).size(); i++) {
      columns.add(
          new CatalogRelation.Column(
              "", "column" + (i + 1), evaluator.type(values.rows().get(0).get(i), scope)));
    }
    return new CatalogRelation(columns, rows, Set.of());
  }

  private CatalogRelation both(Ast.Both both, Scope scope, Env env) {
    CatalogRelation left = rows(both.left(), scope, env);
    CatalogRelation right = rows(both.right(), scope, env);
    if (left.columns().size() != right.columns().size()) {
      throw PgError.of(
          PgError.SYNTAX,
          "each "
              + both.operator().toUpperCase(java.util.Locale.ROOT)
              + " query must have the same number of columns");
    }
    List<Object[]> rows = new ArrayList<>();
    Set<List<Object>> others = new HashSet<>();
    right.rows().forEach(row -> others.add(keys(row)));
    for (Object[] row : left.rows()) {
      boolean there = others.contains(keys(row));
      if (both.operator().equals("union") || there == both.operator().equals("intersect")) {
        rows.add(row);
      }
    }
    if (both.operator().equals("union")) {
      rows.addAll(right.rows());
    }
    return new CatalogRelation(left.columns(), both.all() ? rows : distinct(rows), Set.of());
  }

  private static List<Object> keys(Object[] row) {
    List<Object> keys = new ArrayList<>();
    for (Object value : row) {
      keys.add(key(value));
    }
    return keys;
  }

  private List<Object[]> distinct(List<Object[]> rows) {
    Map<List<Object>, Object[]> distinct = new LinkedHashMap<>();
    rows.forEach(row -> distinct.putIfAbsent(keys(row), row));
    return new ArrayList<>(distinct.values());
  }

  // SELECT.

  private record Keyed(Object[] row, List<Object> keys) {}

  private CatalogRelation select(
      Ast.Select select, List<Ast.Order> order, Scope outerScope, Env outer) {
    List<Ast.Node> conditions = new ArrayList<>();
    split(select.where(), conditions);
    CatalogRelation from =
        select.from() == null
            ? CatalogRelation.one()
            : from(select.from(), outerScope, outer, conditions);
    Scope scope = new Scope(from, outerScope);
    List<Object[]> kept = new ArrayList<>();
    for (Object[] row : from.rows()) {
      if (select.where() == null
          || isTrue(evaluator.value(select.where(), new Env(scope, row, null, outer)))) {
        kept.add(row);
      }
    }
    List<Ast.Item> items = expanded(select.items(), from);
    List<CatalogRelation.Column> columns = new ArrayList<>();
    for (Ast.Item item : items) {
      columns.add(new CatalogRelation.Column("", named(item), evaluator.type(item.node(), scope)));
    }
    CatalogRelation shape = new CatalogRelation(columns, List.of(), Set.of());
    List<Env> envs = envs(select, order, items, scope, kept, outer);
    List<Keyed> rows = new ArrayList<>();
    for (Env env : envs) {
      steps.room(rows.size());
      if (select.having() != null && !isTrue(evaluator.value(select.having(), env))) {
        continue;
      }
      Object[] row = new Object[items.size()];
      for (int i = 0; i < row.length; i++) {
        row[i] = evaluator.value(items.get(i).node(), env);
      }
      rows.add(new Keyed(row, orderKeys(order, row, shape, items, env)));
      if (select.distinct() != null && !select.distinct().isEmpty()) {
        List<Object> on = new ArrayList<>();
        select.distinct().forEach(node -> on.add(key(evaluator.value(node, env))));
        rows.get(rows.size() - 1).keys().add(on);
      }
    }
    List<Keyed> all = expandSets(items, rows);
    List<Object[]> sorted;
    if (select.distinct() != null && !select.distinct().isEmpty()) {
      all.sort(comparator(order));
      Map<Object, Object[]> first = new LinkedHashMap<>();
      all.forEach(row -> first.putIfAbsent(row.keys().get(row.keys().size() - 1), row.row()));
      sorted = new ArrayList<>(first.values());
    } else {
      sorted = sorted(all, order);
    }
    return new CatalogRelation(
        columns, select.distinct() == null ? sorted : distinct(sorted), Set.of());
  }

  /** A function of several values in SELECT makes a row of each. */
  private List<Keyed> expandSets(List<Ast.Item> items, List<Keyed> rows) {
    List<Integer> sets = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Ast.Node node = items.get(i).node();
      while (node instanceof Ast.Field field) {
        node = field.of();
      }
      if (node instanceof Ast.Call call && Functions.SETS.contains(call.name())) {
        sets.add(i);
      }
    }
    if (sets.isEmpty()) {
      return rows;
    }
    List<Keyed> expanded = new ArrayList<>();
    for (Keyed row : rows) {
      int most = 0;
      for (int i : sets) {
        most = Math.max(most, row.row()[i] instanceof List<?> list ? list.size() : 0);
      }
      for (int k = 0; k < most; k++) {
        steps.room(expanded.size());
        Object[] one = row.row().clone();
        for (int i : sets) {
          List<?> list = row.row()[i] instanceof List<?> values ? values : List.of();
          one[i] = k < list.size() ? list.get(k) : null;
        }
        expanded.add(new Keyed(one, row.keys()));
      }
    }
    return expanded;
  }

  private static String named(Ast.Item item) {
    if (item.name() != null) {
      return item.name();
    }
    Ast.Node node = item.node();
    while (node instanceof Ast.Cast cast) {
      node = cast.of();
    }
    if (node instanceof Ast.Column column) {
      return column.path().get(column.path().size() - 1);
    }
    if (node instanceof Ast.Field field) {
      return field.name();
    }
    return node instanceof Ast.Call call
        ? call.name()
        : node instanceof Ast.Case ? "case" : node instanceof Ast.ArrayQuery ? "array" : "?column?";
  }

  private static List<Ast.Item> expanded(List<Ast.Item> items, CatalogRelation from) {
    List<Ast.Item> all = new ArrayList<>();
    for (Ast.Item item : items) {
      if (item.node() instanceof Ast.Star star) {
        for (CatalogRelation.Column column : from.columns()) {
          if (star.relation() == null || star.relation().equals(column.relation())) {
            all.add(
                new Ast.Item(
                    new Ast.Column(List.of(column.relation(), column.name()), 0), column.name()));
          }
        }
      } else {
        all.add(item);
      }
    }
    return all;
  }

  /** Where the rows of the answer are computed: one per row, or one per group. */
  private List<Env> envs(
      Ast.Select select,
      List<Ast.Order> order,
      List<Ast.Item> items,
      Scope scope,
      List<Object[]> rows,
      Env outer) {
    List<Ast.Call> calls = new ArrayList<>();
    items.forEach(item -> calls(item.node(), calls));
    order.forEach(each -> calls(each.by(), calls));
    if (select.having() != null) {
      calls(select.having(), calls);
    }
    List<Ast.Call> aggregates =
        calls.stream()
            .filter(call -> call.over() == null && AGGREGATES.contains(call.name()))
            .toList();
    List<Env> envs = new ArrayList<>();
    if (aggregates.isEmpty() && select.group().isEmpty()) {
      for (Object[] row : rows) {
        envs.add(new Env(scope, row, new IdentityHashMap<>(), outer));
      }
    } else {
      for (List<Env> group : groups(select, items, scope, rows, outer)) {
        Map<Ast.Node, Object> computed = new IdentityHashMap<>();
        for (Ast.Call call : aggregates) {
          computed.put(call, aggregate(call, group));
        }
        Object[] row =
            group.isEmpty() ? new Object[scope.relation().columns().size()] : group.get(0).row();
        envs.add(new Env(scope, row, computed, outer));
      }
    }
    calls.stream().filter(call -> call.over() != null).forEach(call -> number(call, envs));
    return envs;
  }

  private List<List<Env>> groups(
      Ast.Select select, List<Ast.Item> items, Scope scope, List<Object[]> rows, Env outer) {
    Map<List<Object>, List<Env>> groups = new LinkedHashMap<>();
    if (select.group().isEmpty()) {
      groups.put(List.of(), new ArrayList<>());
    }
    for (Object[] row : rows) {
      Env env = new Env(scope, row, null, outer);
      List<Object> keys = new ArrayList<>();
      for (Ast.Node node : select.group()) {
        keys.add(key(evaluator.value(meant(node, items, scope), env)));
      }
      groups.computeIfAbsent(keys, none -> new ArrayList<>()).add(env);
    }
    return new ArrayList<>(groups.values());
  }

  /** GROUP BY 1, or by a column of SELECT. */
  private static Ast.Node meant(Ast.Node node, List<Ast.Item> items, Scope scope) {
    if (node instanceof Ast.Literal literal
        && literal.value() instanceof Long n
        && n >= 1
        && n <= items.size()) {
      return items.get((int) (n - 1)).node();
    }
    if (node instanceof Ast.Column column && column.path().size() == 1) {
      String name = column.path().get(0);
      if (scope.relation().columns().stream().noneMatch(c -> c.name().equals(name))) {
        for (Ast.Item item : items) {
          if (name.equals(item.name())) {
            return item.node();
          }
        }
      }
    }
    return node;
  }

  private static void calls(Ast.Node node, List<Ast.Call> into) {
    if (node instanceof Ast.Call call) {
      into.add(call);
      call.arguments().forEach(argument -> calls(argument, into));
    } else if (node instanceof Ast.Binary binary) {
      calls(binary.left(), into);
      calls(binary.right(), into);
    } else if (node instanceof Ast.Unary unary) {
      calls(unary.of(), into);
    } else if (node instanceof Ast.Cast cast) {
      calls(cast.of(), into);
    } else if (node instanceof Ast.IsNull isNull) {
      calls(isNull.of(), into);
    } else if (node instanceof Ast.Case choice) {
      choice.whens().forEach(when -> calls(when, into));
      choice.thens().forEach(then -> calls(then, into));
      if (choice.otherwise() != null) {
        calls(choice.otherwise(), into);
      }
    }
  }

  private Object aggregate(Ast.Call call, List<Env> group) {
    List<Env> rows = new ArrayList<>();
    for (Env env : group) {
      if (call.filter() == null || isTrue(evaluator.value(call.filter(), env))) {
        rows.add(env);
      }
    }
    boolean star = call.arguments().isEmpty() || call.arguments().get(0) instanceof Ast.Star;
    if (star) {
      return (long) rows.size();
    }
    if (!call.order().isEmpty()) {
      rows.sort(Comparator.comparing(env -> keys(call.order(), env), keyComparator(call.order())));
    }
    List<Object> values = new ArrayList<>();
    for (Env env : rows) {
      Object value = evaluator.value(call.arguments().get(0), env);
      if (value != null || call.name().equals("array_agg")) {
        values.add(value);
      }
    }
    if (call.distinct()) {
      values = new ArrayList<>(new java.util.LinkedHashSet<>(values));
    }
    if (call.name().equals("count")) {
      return (long) values.size();
    }
    if (values.isEmpty()) {
      return null;
    }
    return switch (call.name()) {
      case "min" -> values.stream().min(CatalogValues::compare).orElse(null);
      case "max" -> values.stream().max(CatalogValues::compare).orElse(null);
      case "sum" -> values.stream().mapToLong(CatalogValues::number).sum();
      case "avg" -> values.stream().mapToLong(CatalogValues::number).sum() / values.size();
      case "array_agg" -> values;
      case "bool_or" -> values.stream().anyMatch(CatalogValues::isTrue);
      case "bool_and", "every" -> values.stream().allMatch(CatalogValues::isTrue);
      default -> {
        String between =
            call.arguments().size() < 2
                ? ""
                : CatalogValues.text(evaluator.value(call.arguments().get(1), group.get(0)));
        yield Functions.bounded(
            String.join(
                between == null ? "" : between, values.stream().map(CatalogValues::text).toList()));
      }
    };
  }

  private List<Object> keys(List<Ast.Order> order, Env env) {
    List<Object> keys = new ArrayList<>();
    order.forEach(each -> keys.add(evaluator.value(each.by(), env)));
    return keys;
  }

  /** {@code row_number() OVER (…)}. */
  private void number(Ast.Call call, List<Env> envs) {
    if (!call.name().equals("row_number")) {
      throw PgError.of(
              PgError.NOT_SUPPORTED,
              "cannot answer: found window function "
                  + call.name()
                  + " on the catalogue, expected row_number")
          .at(call.at());
    }
    Map<List<Object>, List<Env>> partitions = new LinkedHashMap<>();
    for (Env env : envs) {
      List<Object> keys = new ArrayList<>();
      call.over().partition().forEach(node -> keys.add(key(evaluator.value(node, env))));
      partitions.computeIfAbsent(keys, none -> new ArrayList<>()).add(env);
    }
    for (List<Env> partition : partitions.values()) {
      partition.sort(
          Comparator.comparing(
              env -> keys(call.over().order(), env), keyComparator(call.over().order())));
      for (int i = 0; i < partition.size(); i++) {
        partition.get(i).computed().put(call, (long) i + 1);
      }
    }
  }

  // ORDER BY.

  private List<Object> orderKeys(
      List<Ast.Order> order, Object[] row, CatalogRelation shape, List<Ast.Item> items, Env env) {
    List<Object> keys = new ArrayList<>();
    for (Ast.Order each : order) {
      int index = index(each.by(), shape);
      keys.add(index >= 0 ? row[index] : evaluator.value(each.by(), env));
    }
    return keys;
  }

  /** The column of the answer that ORDER BY names or counts; -1 if it is an expression. */
  private static int index(Ast.Node by, CatalogRelation shape) {
    if (by instanceof Ast.Literal literal
        && literal.value() instanceof Long n
        && n >= 1
        && n <= shape.columns().size()) {
      return (int) (n - 1);
    }
    if (by instanceof Ast.Column column && column.path().size() == 1) {
      for (int i = 0; i < shape.columns().size(); i++) {
        if (shape.columns().get(i).name().equals(column.path().get(0))) {
          return i;
        }
      }
    }
    return -1;
  }

  private static List<Object[]> sorted(List<Keyed> rows, List<Ast.Order> order) {
    if (!order.isEmpty()) {
      rows.sort(comparator(order));
    }
    List<Object[]> sorted = new ArrayList<>();
    rows.forEach(row -> sorted.add(row.row()));
    return sorted;
  }

  private static Comparator<Keyed> comparator(List<Ast.Order> order) {
    return Comparator.comparing(Keyed::keys, keyComparator(order));
  }

  private static Comparator<List<Object>> keyComparator(List<Ast.Order> order) {
    return (left, right) -> {
      for (int i = 0; i < order.size(); i++) {
        Object a = left.get(i);
        Object b = right.get(i);
        Ast.Order by = order.get(i);
        int compared;
        if (a == null || b == null) {
          compared = a == b ? 0 : (a == null) == by.nullsFirst() ? -1 : 1;
        } else {
          compared = by.descending() ? CatalogValues.compare(b, a) : CatalogValues.compare(a, b);
        }
        if (compared != 0) {
          return compared;
        }
      }
      return 0;
    };
  }

  // FROM.

  private static void split(Ast.Node condition, List<Ast.Node> into) {
    if (condition instanceof Ast.Binary binary && binary.operator().equals("and")) {
      split(binary.left(), into);
      split(binary.right(), into);
    } else if (condition != null) {
      into.add(condition);
    }
  }

  /**
   * @param conditions that the rows meet besides, to join by; null: none known
   */
  private CatalogRelation from(Ast.From from, Scope scope, Env env, List<Ast.Node> conditions) {
    if (from instanceof Ast.Table table) {
      return table(table);
    } else if (from instanceof Ast.Sub sub) {
      return rows(sub.query(), scope, env).as(sub.alias(), sub.columns());
    } else if (from instanceof Ast.Function function) {
      return function(function, env);
    }
    return join((Ast.Join) from, scope, env, conditions);
  }

  private CatalogRelation table(Ast.Table table) {
    if (table.schema() == null && common.containsKey(table.name())) {
      return common.get(table.name()).as(table.alias(), table.columns());
    }
    return tables
        .named(table.schema(), table.name())
        .orElseThrow(
            () ->
                PgError.of(
                        PgError.UNDEFINED_TABLE,
                        "relation \"%s%s\" does not exist"
                            .formatted(
                                table.schema() == null ? "" : table.schema() + ".", table.name()))
                    .hint("views cannot be asked together with the catalogue")
                    .at(table.at()))
        .as(table.alias(), table.columns());
  }

  private CatalogRelation function(Ast.Function function, Env env) {
    Ast.Call call = function.call();
    Object value = evaluator.value(call, env);
    boolean several =
        Functions.SETS.contains(call.name()) || Functions.COLUMNS.containsKey(call.name());
    List<?> values =
        several && value instanceof List<?> list
            ? list
            : value == null ? List.of() : List.of(value);
    List<Object[]> rows = new ArrayList<>();
    for (Object each : values) {
      steps.room(rows.size());
      long n = rows.size() + 1L;
      rows.add(function.ordinality() ? new Object[] {each, n} : new Object[] {each});
    }
    List<CatalogRelation.Column> columns = new ArrayList<>();
    PgType type = evaluator.type(call, env.scope());
    columns.add(
        new CatalogRelation.Column(
            "", function.alias(), several ? type.element().orElse(type) : type));
    if (function.ordinality()) {
      columns.add(new CatalogRelation.Column("", "ordinality", PgType.INT8));
    }
    CatalogRelation relation =
        new CatalogRelation(columns, rows, rows.isEmpty() ? Set.of(function.alias()) : Set.of());
    return relation.as(
        function.alias(),
        function.columns().isEmpty()
            ? Functions.COLUMNS.getOrDefault(call.name(), List.of())
            : function.columns());
  }

  private static CatalogRelation combined(
      CatalogRelation left, CatalogRelation right, List<Object[]> rows) {
    List<CatalogRelation.Column> columns = new ArrayList<>(left.columns());
    columns.addAll(right.columns());
    Set<String> open = new HashSet<>(left.open());
    open.addAll(right.open());
    return new CatalogRelation(columns, rows, open);
  }

  private CatalogRelation join(Ast.Join join, Scope scope, Env env, List<Ast.Node> conditions) {
    boolean outer = !join.kind().equals("inner") && !join.kind().equals("cross");
    CatalogRelation left = from(join.left(), scope, env, outer ? null : conditions);
    CatalogRelation right = from(join.right(), scope, env, null);
    CatalogRelation shape = combined(left, right, List.of());
    Scope both = new Scope(shape, scope);
    List<Ast.Node> on = new ArrayList<>();
    split(join.on(), on);
    List<Function<Object[], Object>> leftKeys = new ArrayList<>();
    List<Function<Object[], Object>> rightKeys = new ArrayList<>();
    for (String name : join.using()) {
      int l = column(left, null, name);
      int r = column(right, null, name);
      if (l < 0 || r < 0) {
        throw PgError.of(
            PgError.UNDEFINED_COLUMN,
            "column \"" + name + "\" specified in USING clause does not exist");
      }
      leftKeys.add(row -> key(row[l]));
      rightKeys.add(row -> key(row[r]));
    }
    List<Ast.Node> usable = new ArrayList<>(on);
    if (!outer && conditions != null) {
      usable.addAll(conditions);
    }
    for (Ast.Node condition : usable) {
      equal(condition, left, right, leftKeys, rightKeys);
    }
    Map<List<Object>, List<Object[]>> byKey = new HashMap<>();
    for (Object[] row : right.rows()) {
      byKey.computeIfAbsent(keys(row, rightKeys), none -> new ArrayList<>()).add(row);
    }
    boolean keepLeft = join.kind().equals("left") || join.kind().equals("full");
    boolean keepRight = join.kind().equals("right") || join.kind().equals("full");
    Set<Object[]> matched = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
    List<Object[]> rows = new ArrayList<>();
    for (Object[] l : left.rows()) {
      boolean found = false;
      for (Object[] r : byKey.getOrDefault(keys(l, leftKeys), List.of())) {
        steps.room(rows.size());
        Object[] row = joined(l, r, left, right);
        if (join.on() == null
            || isTrue(evaluator.value(join.on(), new Env(both, row, null, env)))) {
          rows.add(row);
          found = true;
          matched.add(r);
        }
      }
      if (!found && keepLeft) {
        rows.add(joined(l, null, left, right));
      }
    }
    if (keepRight) {
      for (Object[] r : right.rows()) {
        if (!matched.contains(r)) {
          rows.add(joined(null, r, left, right));
        }
      }
    }
    return new CatalogRelation(shape.columns(), rows, shape.open());
  }

  private static Object[] joined(
      Object[] l, Object[] r, CatalogRelation left, CatalogRelation right) {
    int width = left.columns().size();
    Object[] row = new Object[width + right.columns().size()];
    if (l != null) {
      System.arraycopy(l, 0, row, 0, width);
    }
    if (r != null) {
      System.arraycopy(r, 0, row, width, right.columns().size());
    }
    return row;
  }

  private static List<Object> keys(Object[] row, List<Function<Object[], Object>> keys) {
    List<Object> values = new ArrayList<>();
    keys.forEach(key -> values.add(key.apply(row)));
    return values;
  }

  /** A condition that a column of one equals one of the other: what rows are found by. */
  private static void equal(
      Ast.Node condition,
      CatalogRelation left,
      CatalogRelation right,
      List<Function<Object[], Object>> leftKeys,
      List<Function<Object[], Object>> rightKeys) {
    if (!(condition instanceof Ast.Binary binary)
        || !binary.operator().equals("=")
        || !(binary.left() instanceof Ast.Column a)
        || !(binary.right() instanceof Ast.Column b)) {
      return;
    }
    int la = column(left, a);
    int rb = column(right, b);
    if (la < 0 || rb < 0 || column(right, a) >= 0 || column(left, b) >= 0) {
      int swapped = column(left, b);
      rb = column(right, a);
      la = swapped;
      if (la < 0 || rb < 0 || column(left, a) >= 0 || column(right, b) >= 0) {
        return;
      }
    }
    PgType leftType = left.columns().get(la).type();
    PgType rightType = right.columns().get(rb).type();
    if (leftType.category() != rightType.category()) {
      // Compared by converting, which keys are not.
      return;
    }
    int l = la;
    int r = rb;
    leftKeys.add(row -> key(row[l]));
    rightKeys.add(row -> key(row[r]));
  }

  private static int column(CatalogRelation relation, Ast.Column column) {
    List<String> path = column.path();
    return column(
        relation, path.size() > 1 ? path.get(path.size() - 2) : null, path.get(path.size() - 1));
  }

  private static int column(CatalogRelation relation, String of, String name) {
    for (int i = 0; i < relation.columns().size(); i++) {
      CatalogRelation.Column known = relation.columns().get(i);
      if (known.name().equals(name) && (of == null || known.relation().equals(of))) {
        return i;
      }
    }
    return -1;
  }
}
