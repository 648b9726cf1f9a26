package io.millrace.serving.pgcatalog;

import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.SqlToken;
import io.millrace.serving.pgsql.SqlToken.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads the SELECTs that clients ask of the catalogue. Thread-confined, for one statement. */
final class Parser {
  private static final int DEEPEST = 100;

  /** Words that end an expression or a relation's name, and so are no alias. */
  private static final Set<String> RESERVED =
      Set.of(
          "from",
          "where",
          "group",
          "having",
          "order",
          "limit",
          "offset",
          "fetch",
          "union",
          "except",
          "intersect",
          "join",
          "inner",
          "left",
          "right",
          "full",
          "cross",
          "natural",
          "on",
          "using",
          "as",
          "and",
          "or",
          "not",
          "in",
          "is",
          "like",
          "ilike",
          "between",
          "case",
          "when",
          "then",
          "else",
          "end",
          "for",
          "with",
          "window",
          "select",
          "collate",
          "similar",
          "operator",
          "isnull",
          "notnull",
          "returning",
          "at",
          "asc",
          "desc",
          "nulls",
          "lateral");

  private static final Set<String> COMPARISONS = Set.of("=", "<>", "!=", "<", ">", "<=", ">=");

  private static final Set<String> OTHERS =
      Set.of(
          "||", "~", "!~", "~*", "!~*", "~~", "!~~", "~~*", "!~~*", "&", "|", "@>", "<@", "&&",
          "->", "->>");

  /** Functions that are written without parentheses. */
  private static final Set<String> BARE =
      Set.of(
          "current_user",
          "session_user",
          "current_role",
          "current_catalog",
          "current_schema",
          "current_date",
          "current_timestamp",
          "localtimestamp",
          "user");

  private static final Set<String> TYPED =
      Set.of("date", "timestamp", "timestamptz", "interval", "text", "name", "regclass", "oid");

  private final List<SqlToken> tokens;
  private int at;
  private int depth;

  private Parser(List<SqlToken> tokens) {
    this.tokens = tokens;
  }

  /**
   * @throws PgError {@code 42601}, {@code 0A000}, with the place
   */
  static Ast.Query parse(List<SqlToken> statement) {
    Parser parser = new Parser(statement);
    Ast.Query query = parser.query();
    if (parser.at < statement.size()) {
      throw parser.unexpected("the end");
    }
    return query;
  }

  private SqlToken peek(int ahead) {
    int i = at + ahead;
    int end = tokens.get(tokens.size() - 1).end();
    return i < tokens.size() ? tokens.get(i) : new SqlToken(Kind.OPERATOR, "", end, end);
  }

  private boolean is(String word) {
    return peek(0).is(word);
  }

  private boolean take(String word) {
    if (is(word)) {
      at++;
      return true;
    }
    return false;
  }

  private void need(String word) {
    if (!take(word)) {
      throw unexpected(word);
    }
  }

  private PgError unexpected(String expected) {
    SqlToken token = peek(0);
    String found = token.text().isEmpty() ? "the end" : "\"" + token.text() + "\"";
    return PgError.of(
            PgError.SYNTAX,
            "cannot read a question on the catalogue: found " + found + ", expected " + expected)
        .at(token.start());
  }

  private void deeper() {
    if (++depth > DEEPEST) {
      throw PgError.of(
          PgError.LIMIT, "cannot read a question on the catalogue: it is nested too deep");
    }
  }

  // Queries.

  private Ast.Query query() {
    deeper();
    List<Ast.Common> common = new ArrayList<>();
    if (take("with")) {
      if (is("recursive")) {
        throw notSupported("WITH RECURSIVE");
      }
      do {
        String name = name();
        List<String> columns = names();
        need("as");
        if (is("materialized") || is("not")) {
          take("not");
          need("materialized");
        }
        need("(");
        common.add(new Ast.Common(name, columns, query()));
        need(")");
      } while (take(","));
    }
    Ast.Body body = union();
    List<Ast.Order> order = List.of();
    if (take("order")) {
      need("by");
      order = orders();
    }
    Ast.Node limit = null;
    Ast.Node offset = null;
    while (is("limit") || is("offset") || is("fetch")) {
      if (take("limit")) {
        limit = take("all") ? null : expression();
      } else if (take("offset")) {
        offset = expression();
        at += is("rows") || is("row") ? 1 : 0;
      } else {
        at += 2;
        limit = is("row") || is("rows") ? new Ast.Literal(1L) : expression();
        at += 1;
        need("only");
      }
    }
    depth--;
    return new Ast.Query(common, body, order, limit, offset);
  }

  private PgError notSupported(String what) {
    return PgError.of(
            PgError.NOT_SUPPORTED,
            "cannot answer: found " + what + " on the catalogue, expected a plain SELECT")
        .at(peek(0).start());
  }

  private Ast.Body union() {
    Ast.Body left = intersect();
    while (is("union") || is("except")) {
      left = both(left, () -> intersect());
    }
    return left;
  }

  private Ast.Body intersect() {
    Ast.Body left = term();
    while (is("intersect")) {
      left = both(left, () -> term());
    }
    return left;
  }

  private Ast.Body both(Ast.Body left, java.util.function.Supplier<Ast.Body> next) {
    String operator = peek(0).text();
    at++;
    boolean all = take("all");
    take("distinct");
    return new Ast.Both(operator, all, plain(left), plain(next.get()));
  }

  private static Ast.Query plain(Ast.Body body) {
    return new Ast.Query(List.of(), body, List.of(), null, null);
  }

  private Ast.Body term() {
    if (take("(")) {
      Ast.Query inner = query();
      need(")");
      return new Ast.Select(
          null,
          List.of(new Ast.Item(new Ast.Star(null), null)),
          new Ast.Sub(inner, "?query", List.of()),
          null,
          List.of(),
          null);
    }
    if (take("values")) {
      List<List<Ast.Node>> rows = new ArrayList<>();
      do {
        need("(");
        rows.add(expressions());
        need(")");
      } while (take(","));
      return new Ast.Values(rows);
    }
    if (take("table")) {
      return new Ast.Select(
          null, List.of(new Ast.Item(new Ast.Star(null), null)), relation(), null, List.of(), null);
    }
    return select();
  }

  private Ast.Select select() {
    need("select");
    List<Ast.Node> distinct = null;
    if (take("distinct")) {
      distinct = List.of();
      if (take("on")) {
        need("(");
        distinct = expressions();
        need(")");
      }
    } else {
      take("all");
    }
    List<Ast.Item> items = new ArrayList<>();
    if (!is("from") && at < tokens.size()) {
      do {
        items.add(item());
      } while (take(","));
    }
    Ast.From from = null;
    if (take("from")) {
      from = joined();
      while (take(",")) {
        from = new Ast.Join("cross", from, joined(), null, List.of());
      }
    }
    Ast.Node where = take("where") ? expression() : null;
    List<Ast.Node> group = List.of();
    if (take("group")) {
      need("by");
      group = expressions();
    }
    Ast.Node having = take("having") ? expression() : null;
    return new Ast.Select(distinct, items, from, where, group, having);
  }

  private Ast.Item item() {
    if (take("*")) {
      return new Ast.Item(new Ast.Star(null), null);
    }
    if (peek(0).isName() && peek(1).is(".") && peek(2).is("*")) {
      String relation = name();
      at += 2;
      return new Ast.Item(new Ast.Star(relation), null);
    }
    Ast.Node node = expression();
    if (take("as")) {
      return new Ast.Item(node, name());
    }
    return new Ast.Item(node, alias());
  }

  private String alias() {
    SqlToken token = peek(0);
    boolean alias =
        token.kind() == Kind.QUOTED_NAME
            || token.kind() == Kind.WORD && !RESERVED.contains(token.text());
    return alias ? name() : null;
  }

  private String name() {
    SqlToken token = peek(0);
    if (!token.isName()) {
      throw unexpected("a name");
    }
    at++;
    return token.text();
  }

  /** {@code (a, b)}, or nothing. */
  private List<String> names() {
    List<String> names = new ArrayList<>();
    if (take("(")) {
      do {
        names.add(name());
        // A column of a function may have a type.
        while (!is(",") && !is(")") && at < tokens.size()) {
          at++;
        }
      } while (take(","));
      need(")");
    }
    return names;
  }

  // FROM.

  private Ast.From joined() {
    Ast.From left = relation();
    while (true) {
      String kind;
      if (is("natural")) {
        throw notSupported("NATURAL JOIN");
      } else if (take("join")) {
        kind = "inner";
      } else if (is("inner") || is("cross")) {
        kind = peek(0).text();
        at++;
        need("join");
      } else if ((is("left") || is("right") || is("full"))
          && (peek(1).is("join") || peek(1).is("outer"))) {
        kind = peek(0).text();
        at++;
        take("outer");
        need("join");
      } else {
        return left;
      }
      Ast.From right = relation();
      if (take("on")) {
        left = new Ast.Join(kind, left, right, expression(), List.of());
      } else if (take("using")) {
        left = new Ast.Join(kind, left, right, null, names());
      } else {
        left = new Ast.Join(kind, left, right, null, List.of());
      }
    }
  }

  private Ast.From relation() {
    deeper();
    try {
      take("only");
      take("lateral");
      if (is("(")
          && (peek(1).is("select")
              || peek(1).is("values")
              || peek(1).is("with")
              || peek(1).is("("))) {
        int before = at;
        at++;
        if (!is("(") || startsQuery()) {
          Ast.Query inner = query();
          need(")");
          take("as");
          String alias = alias();
          return new Ast.Sub(inner, alias == null ? "?query" : alias, names());
        }
        at = before;
      }
      if (take("(")) {
        Ast.From inner = joined();
        need(")");
        return inner;
      }
      int place = peek(0).start();
      String schema = null;
      String name = name();
      while (take(".")) {
        schema = name;
        name = name();
      }
      if (is("(")) {
        Ast.Call call = call(name, place);
        boolean ordinality = is("with") && peek(1).is("ordinality");
        at += ordinality ? 2 : 0;
        take("as");
        String alias = is("(") ? null : alias();
        return new Ast.Function(call, alias == null ? name : alias, names(), ordinality);
      }
      take("as");
      String alias = alias();
      return new Ast.Table(schema, name, alias == null ? name : alias, names(), place);
    } finally {
      depth--;
    }
  }

  /** Whether what stands in parentheses is a query, however many they are. */
  private boolean startsQuery() {
    int ahead = 0;
    while (peek(ahead).is("(")) {
      ahead++;
    }
    return peek(ahead).is("select") || peek(ahead).is("values") || peek(ahead).is("with");
  }

  // Expressions.

  private List<Ast.Node> expressions() {
    List<Ast.Node> nodes = new ArrayList<>();
    do {
      nodes.add(expression());
    } while (take(","));
    return nodes;
  }

  private List<Ast.Order> orders() {
    List<Ast.Order> orders = new ArrayList<>();
    do {
      Ast.Node by = expression();
      boolean descending = false;
      if (take("using")) {
        descending = peek(0).text().equals(">");
        at++;
      } else if (take("desc")) {
        descending = true;
      } else {
        take("asc");
      }
      boolean first = descending;
      if (take("nulls")) {
        first = take("first");
        if (!first) {
          need("last");
        }
      }
      orders.add(new Ast.Order(by, descending, first));
    } while (take(","));
    return orders;
  }

  private Ast.Node expression() {
    deeper();
    Ast.Node left = and();
    while (take("or")) {
      left = new Ast.Binary("or", left, and());
    }
    depth--;
    return left;
  }

  private Ast.Node and() {
    Ast.Node left = not();
    while (take("and")) {
      left = new Ast.Binary("and", left, not());
    }
    return left;
  }

  private Ast.Node not() {
    if (take("not")) {
      deeper();
      Ast.Node of = not();
      depth--;
      return new Ast.Unary("not", of);
    }
    return is(comparison());
  }

  private Ast.Node is(Ast.Node left) {
    Ast.Node node = left;
    while (true) {
      if (take("isnull")) {
        node = new Ast.IsNull(node);
      } else if (take("notnull")) {
        node = new Ast.Unary("not", new Ast.IsNull(node));
      } else if (take("is")) {
        boolean not = take("not");
        Ast.Node told;
        if (take("null")) {
          told = new Ast.IsNull(node);
        } else if (take("true")) {
          told = new Ast.Is(node, true);
        } else if (take("false")) {
          told = new Ast.Is(node, false);
        } else if (take("unknown")) {
          told = new Ast.IsNull(node);
        } else {
          need("distinct");
          need("from");
          told = new Ast.Unary("not", new Ast.Same(node, comparison()));
        }
        node = not ? new Ast.Unary("not", told) : told;
      } else {
        return node;
      }
    }
  }

  private Ast.Node comparison() {
    Ast.Node left = matching();
    while (COMPARISONS.contains(peek(0).text()) && peek(0).kind() == Kind.OPERATOR
        || is("operator") && COMPARISONS.contains(named(false))) {
      String operator = is("operator") ? named(true) : peek(0).text();
      at++;
      left = compared(left, operator.equals("!=") ? "<>" : operator);
    }
    return left;
  }

  /** What {@code OPERATOR(pg_catalog.~)} names; goes to its last parenthesis if told. */
  private String named(boolean go) {
    int ahead = 1;
    String operator = "";
    while (!peek(ahead).is(")") && at + ahead < tokens.size()) {
      operator = peek(ahead).text();
      ahead++;
    }
    at += go ? ahead : 0;
    return operator;
  }

  private Ast.Node compared(Ast.Node left, String operator) {
    if ((is("any") || is("some") || is("all")) && peek(1).is("(")) {
      boolean all = is("all");
      at += 2;
      Ast.Query query = startsQuery() ? query() : null;
      Ast.Node array = query == null ? expression() : null;
      need(")");
      return new Ast.Quantified(left, operator, all, array, query);
    }
    return new Ast.Binary(operator, left, matching());
  }

  private Ast.Node matching() {
    Ast.Node left = other();
    while (true) {
      boolean not =
          is("not")
              && (peek(1).is("like")
                  || peek(1).is("ilike")
                  || peek(1).is("in")
                  || peek(1).is("between"));
      at += not ? 1 : 0;
      Ast.Node told;
      if (take("like")) {
        told = new Ast.Binary("~~", left, other());
        escape();
      } else if (take("ilike")) {
        told = new Ast.Binary("~~*", left, other());
        escape();
      } else if (take("between")) {
        Ast.Node low = other();
        need("and");
        told =
            new Ast.Binary(
                "and", new Ast.Binary(">=", left, low), new Ast.Binary("<=", left, other()));
      } else if (take("in")) {
        told = in(left);
      } else {
        return left;
      }
      left = not ? new Ast.Unary("not", told) : told;
    }
  }

  private void escape() {
    if (take("escape")) {
      other();
    }
  }

  private Ast.Node in(Ast.Node left) {
    need("(");
    Ast.Node in = startsQuery() ? new Ast.InQuery(left, query()) : new Ast.In(left, expressions());
    need(")");
    return in;
  }

  private Ast.Node other() {
    Ast.Node left = sum();
    while (peek(0).kind() == Kind.OPERATOR && OTHERS.contains(peek(0).text())
        || is("operator") && !COMPARISONS.contains(named(false))) {
      String operator = is("operator") ? named(true) : peek(0).text();
      at++;
      if ((is("any") || is("all")) && peek(1).is("(")) {
        left = compared(left, operator);
      } else {
        left = new Ast.Binary(operator, left, sum());
      }
    }
    return left;
  }

  private Ast.Node sum() {
    Ast.Node left = product();
    while (is("+") || is("-")) {
      String operator = peek(0).text();
      at++;
      left = new Ast.Binary(operator, left, product());
    }
    return left;
  }

  private Ast.Node product() {
    Ast.Node left = unary();
    while (is("*") || is("/") || is("%")) {
      String operator = peek(0).text();
      at++;
      left = new Ast.Binary(operator, left, unary());
    }
    return left;
  }

  private Ast.Node unary() {
    if (is("-") || is("+")) {
      String operator = peek(0).text();
      at++;
      deeper();
      Ast.Node of = unary();
      depth--;
      return operator.equals("-") ? new Ast.Unary("-", of) : of;
    }
    return postfix(primary());
  }

  private Ast.Node postfix(Ast.Node of) {
    Ast.Node node = of;
    while (true) {
      if (take("::")) {
        node = new Ast.Cast(node, type());
      } else if (take("[")) {
        node = new Ast.Subscript(node, expression());
        need("]");
      } else if (take("collate")) {
        do {
          name();
        } while (take("."));
      } else if (is("at") && peek(1).is("time") && peek(2).is("zone")) {
        at += 3;
        primary();
      } else if (is(".")) {
        at++;
        node = new Ast.Field(node, take("*") ? "*" : name());
      } else {
        return node;
      }
    }
  }

  /** A type's name without its schema and digits; arrays end in []. */
  private String type() {
    String name = name();
    while (take(".")) {
      name = name();
    }
    if (name.equals("double")) {
      need("precision");
      name = "double precision";
    } else if (name.equals("character")) {
      take("varying");
      name = "text";
    } else if (is("with") && peek(1).is("time") || is("without") && peek(1).is("time")) {
      name += is("with") ? "tz" : "";
      at += 3;
    }
    if (take("(")) {
      while (!take(")")) {
        at++;
        if (at >= tokens.size()) {
          throw unexpected(")");
        }
      }
    }
    while (is("[") && peek(1).is("]")) {
      at += 2;
      name += "[]";
    }
    return name;
  }

  private Ast.Node primary() {
    SqlToken token = peek(0);
    switch (token.kind()) {
      case TEXT -> {
        at++;
        return new Ast.Literal(token.text());
      }
      case NUMBER -> {
        at++;
        return new Ast.Literal(number(token));
      }
      case PARAMETER -> {
        at++;
        return new Ast.Parameter(Integer.parseInt(token.text()));
      }
      case QUOTED_NAME -> {
        return column();
      }
      default -> {
        if (take("(")) {
          return parenthesis();
        }
        if (token.kind() == Kind.OPERATOR) {
          throw unexpected("an expression");
        }
        return word(token);
      }
    }
  }

  private Object number(SqlToken token) {
    try {
      return token.text().matches("\\d{1,18}")
          ? (Object) Long.valueOf(token.text())
          : token.text().length() > 60 ? null : new BigDecimal(token.text());
    } catch (NumberFormatException e) {
      throw PgError.of(PgError.SYNTAX, "cannot read the number " + token.text()).at(token.start());
    }
  }

  private Ast.Node parenthesis() {
    if (startsQuery()) {
      Ast.Query query = query();
      need(")");
      return new Ast.Scalar(query);
    }
    List<Ast.Node> nodes = expressions();
    need(")");
    return nodes.size() == 1 ? nodes.get(0) : new Ast.ArrayOf(nodes);
  }

  private Ast.Node word(SqlToken token) {
    switch (token.text()) {
      case "null" -> {
        at++;
        return new Ast.Literal(null);
      }
      case "true", "false" -> {
        at++;
        return new Ast.Literal(token.text().equals("true"));
      }
      case "case" -> {
        at++;
        return choice();
      }
      case "cast" -> {
        at++;
        need("(");
        Ast.Node of = expression();
        need("as");
        String type = type();
        need(")");
        return new Ast.Cast(of, type);
      }
      case "exists" -> {
        at++;
        need("(");
        Ast.Query query = query();
        need(")");
        return new Ast.Exists(query);
      }
      case "array" -> {
        at++;
        return array();
      }
      default -> {}
    }
    if (BARE.contains(token.text()) && !peek(1).is("(") && !peek(1).is(".")) {
      at++;
      return new Ast.Call(token.text(), List.of(), false, List.of(), null, null, token.start());
    }
    if (TYPED.contains(token.text()) && peek(1).kind() == Kind.TEXT) {
      at += 2;
      return new Ast.Cast(new Ast.Literal(peek(-1).text()), token.text());
    }
    if (RESERVED.contains(token.text()) && !peek(1).is("(")) {
      throw unexpected("an expression");
    }
    return column();
  }

  private Ast.Node array() {
    if (take("(")) {
      Ast.Query query = query();
      need(")");
      return new Ast.ArrayQuery(query);
    }
    need("[");
    List<Ast.Node> items = is("]") ? List.of() : expressions();
    need("]");
    return new Ast.ArrayOf(items);
  }

  private Ast.Node choice() {
    Ast.Node of = is("when") ? null : expression();
    List<Ast.Node> whens = new ArrayList<>();
    List<Ast.Node> thens = new ArrayList<>();
    while (take("when")) {
      whens.add(expression());
      need("then");
      thens.add(expression());
    }
    Ast.Node otherwise = take("else") ? expression() : null;
    need("end");
    return new Ast.Case(of, whens, thens, otherwise);
  }

  /** A column, or a function. */
  private Ast.Node column() {
    int place = peek(0).start();
    List<String> path = new ArrayList<>();
    path.add(name());
    while (is(".") && peek(1).isName()) {
      at++;
      path.add(name());
    }
    if (is("(")) {
      return call(path.get(path.size() - 1), place);
    }
    return new Ast.Column(path, place);
  }

  private Ast.Call call(String name, int place) {
    need("(");
    boolean distinct = take("distinct");
    if (name.equals("trim")) {
      at += is("both") || is("leading") || is("trailing") ? 1 : 0;
    }
    List<Ast.Node> arguments = new ArrayList<>();
    List<Ast.Order> order = List.of();
    if (take("*")) {
      arguments.add(new Ast.Star(null));
    } else if (!is(")")) {
      do {
        take("variadic");
        arguments.add(expression());
        // extract(… from …), substring(… from … for …), position(… in …)
        if (take("from") || take("for")) {
          arguments.add(expression());
          if (take("for")) {
            arguments.add(expression());
          }
        }
      } while (take(","));
      if (take("order")) {
        need("by");
        order = orders();
      }
    }
    need(")");
    Ast.Node filter = null;
    if (take("filter")) {
      need("(");
      need("where");
      filter = expression();
      need(")");
    }
    Ast.Over over = null;
    if (take("over")) {
      need("(");
      List<Ast.Node> partition = List.of();
      List<Ast.Order> by = List.of();
      if (take("partition")) {
        need("by");
        partition = expressions();
      }
      if (take("order")) {
        need("by");
        by = orders();
      }
      need(")");
      over = new Ast.Over(partition, by);
    }
    return new Ast.Call(name, arguments, distinct, order, filter, over, place);
  }
}
