package io.millrace.serving.pgcatalog;

import java.util.List;

/** A question on the catalogue as it is written. All of it is immutable; lists are not null. */
final class Ast {
  private Ast() {}

  /** An expression. */
  sealed interface Node {}

  record Literal(Object value) implements Node {}

  record Parameter(int n) implements Node {}

  /**
   * A column, {@code [[schema.]relation.]name}.
   *
   * @param at its place in the text
   */
  record Column(List<String> path, int at) implements Node {}

  /** {@code *}, {@code relation.*}: relation is null for the first. */
  record Star(String relation) implements Node {}

  /**
   * A function.
   *
   * @param filter null: none
   * @param over null: none
   */
  record Call(
      String name,
      List<Node> arguments,
      boolean distinct,
      List<Order> order,
      Node filter,
      Over over,
      int at)
      implements Node {}

  record Unary(String operator, Node of) implements Node {}

  record Binary(String operator, Node left, Node right) implements Node {}

  record Cast(Node of, String type) implements Node {}

  /**
   * @param of null: each WHEN is a condition
   * @param otherwise null: NULL
   */
  record Case(Node of, List<Node> whens, List<Node> thens, Node otherwise) implements Node {}

  record In(Node of, List<Node> values) implements Node {}

  record InQuery(Node of, Query query) implements Node {}

  /** {@code of operator ANY (array or query)}; all: ALL. */
  record Quantified(Node of, String operator, boolean all, Node array, Query query)
      implements Node {}

  record IsNull(Node of) implements Node {}

  record Is(Node of, boolean value) implements Node {}

  record Same(Node left, Node right) implements Node {}

  record Exists(Query query) implements Node {}

  record Scalar(Query query) implements Node {}

  record ArrayQuery(Query query) implements Node {}

  record ArrayOf(List<Node> items) implements Node {}

  record Subscript(Node of, Node index) implements Node {}

  record Field(Node of, String name) implements Node {}

  record Order(Node by, boolean descending, boolean nullsFirst) {}

  record Over(List<Node> partition, List<Order> order) {}

  /**
   * @param limit null: none
   * @param offset null: none
   */
  record Query(List<Common> common, Body body, List<Order> order, Node limit, Node offset) {}

  record Common(String name, List<String> columns, Query query) {}

  /** What rows come from. */
  sealed interface Body {}

  /**
   * @param distinct null: all rows; empty: distinct ones; else DISTINCT ON these
   * @param from null: one row
   * @param where null: all
   * @param having null: all
   */
  record Select(
      List<Node> distinct, List<Item> items, From from, Node where, List<Node> group, Node having)
      implements Body {}

  record Values(List<List<Node>> rows) implements Body {}

  /** {@code UNION}, {@code EXCEPT}, {@code INTERSECT}. */
  record Both(String operator, boolean all, Query left, Query right) implements Body {}

  /**
   * @param name null: by what it is
   */
  record Item(Node node, String name) {}

  /** What stands in FROM. */
  sealed interface From {}

  /**
   * @param schema null: none
   */
  record Table(String schema, String name, String alias, List<String> columns, int at)
      implements From {}

  record Sub(Query query, String alias, List<String> columns) implements From {}

  record Function(Call call, String alias, List<String> columns, boolean ordinality)
      implements From {}

  /**
   * @param kind inner, left, right, full or cross
   * @param on null: none
   */
  record Join(String kind, From left, From right, Node on, List<String> using) implements From {}
}
