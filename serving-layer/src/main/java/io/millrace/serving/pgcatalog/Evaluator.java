package io.millrace.serving.pgcatalog;

import static io.millrace.serving.pgcatalog.CatalogValues.bool;
import static io.millrace.serving.pgcatalog.CatalogValues.compare;
import static io.millrace.serving.pgcatalog.CatalogValues.decimal;
import static io.millrace.serving.pgcatalog.CatalogValues.isTrue;
import static io.millrace.serving.pgcatalog.CatalogValues.number;
import static io.millrace.serving.pgcatalog.CatalogValues.text;

import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgType;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Computes expressions over rows. Thread-confined, for one question. */
final class Evaluator {
  private final List<Object> parameters;
  private final Functions functions;
  private final Runner runner;
  private final Steps steps;
  private final Map<Ast.Column, Place> places = new IdentityHashMap<>();

  /**
   * Where a column is: how many scopes out, and which of its columns; -1 for none, which is NULL.
   */
  private record Place(int out, int index, PgType type) {}

  /**
   * What names mean.
   *
   * @param relation whose columns are known
   * @param outer around a sub-query; null: none
   */
  record Scope(CatalogRelation relation, Scope outer) {}

  /**
   * Where an expression is computed.
   *
   * @param computed aggregates and window functions of this row; null: none
   * @param outer around a sub-query; null: none
   */
  record Env(Scope scope, Object[] row, Map<Ast.Node, Object> computed, Env outer) {}

  Evaluator(List<Object> parameters, Functions functions, Runner runner, Steps steps) {
    this.parameters = parameters;
    this.functions = functions;
    this.runner = runner;
    this.steps = steps;
  }

  Object value(Ast.Node node, Env env) {
    steps.step();
    if (node instanceof Ast.Literal literal) {
      return literal.value();
    } else if (node instanceof Ast.Column column) {
      return column(column, env);
    } else if (node instanceof Ast.Binary binary) {
      return binary(binary, env);
    } else if (node instanceof Ast.Call call) {
      return call(call, env);
    } else if (node instanceof Ast.Parameter parameter) {
      return parameter(parameter);
    } else if (node instanceof Ast.Cast cast) {
      return functions.cast(value(cast.of(), env), cast.type());
    } else if (node instanceof Ast.Unary unary) {
      Object of = value(unary.of(), env);
      return of == null
          ? null
          : unary.operator().equals("not") ? (Object) !isTrue(of) : negative(of);
    } else if (node instanceof Ast.Case choice) {
      return choice(choice, env);
    } else if (node instanceof Ast.In in) {
      return in(in, env);
    } else if (node instanceof Ast.IsNull isNull) {
      return value(isNull.of(), env) == null;
    } else if (node instanceof Ast.Is is) {
      Boolean of = bool(value(is.of(), env));
      return of != null && of == is.value();
    } else if (node instanceof Ast.Same same) {
      Object left = value(same.left(), env);
      Object right = value(same.right(), env);
      return left == null || right == null ? left == right : compare(left, right) == 0;
    }
    return nested(node, env);
  }

  private Object nested(Ast.Node node, Env env) {
    if (node instanceof Ast.InQuery in) {
      Object of = value(in.of(), env);
      return of == null ? null : any(of, "=", first(in.query(), env), false);
    } else if (node instanceof Ast.Quantified quantified) {
      Object of = value(quantified.of(), env);
      List<Object> items =
          quantified.query() != null
              ? first(quantified.query(), env)
              : list(value(quantified.array(), env));
      return of == null || items == null
          ? null
          : any(of, quantified.operator(), items, quantified.all());
    } else if (node instanceof Ast.Exists exists) {
      return !runner.rows(exists.query(), env.scope(), env).rows().isEmpty();
    } else if (node instanceof Ast.Scalar scalar) {
      List<Object> values = first(scalar.query(), env);
      return values.isEmpty() ? null : values.get(0);
    } else if (node instanceof Ast.ArrayQuery array) {
      return first(array.query(), env);
    } else if (node instanceof Ast.ArrayOf array) {
      return values(array.items(), env);
    } else if (node instanceof Ast.Subscript subscript) {
      List<Object> items = list(value(subscript.of(), env));
      Long index = number(value(subscript.index(), env));
      return items == null || index == null || index < 1 || index > items.size()
          ? null
          : items.get((int) (index - 1));
    } else if (node instanceof Ast.Field field) {
      Object of = value(field.of(), env);
      return of instanceof Map<?, ?> map ? map.get(field.name()) : null;
    }
    throw PgError.of(
        PgError.NOT_SUPPORTED,
        "cannot answer: found * in an expression on the catalogue, expected a column");
  }

  private List<Object> values(List<Ast.Node> nodes, Env env) {
    List<Object> values = new ArrayList<>();
    for (Ast.Node node : nodes) {
      values.add(node instanceof Ast.Star ? null : value(node, env));
    }
    return values;
  }

  /** The first column of a query's rows. */
  private List<Object> first(Ast.Query query, Env env) {
    List<Object> values = new ArrayList<>();
    for (Object[] row : runner.rows(query, env.scope(), env).rows()) {
      values.add(row[0]);
    }
    return values;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object value) {
    if (value == null || value instanceof List<?>) {
      return (List<Object>) value;
    }
    return Functions.parsedArray(text(value));
  }

  private Object parameter(Ast.Parameter parameter) {
    if (parameter.n() < 1 || parameter.n() > parameters.size()) {
      throw PgError.of("42P02", "there is no parameter $" + parameter.n());
    }
    Object value = parameters.get(parameter.n() - 1);
    return value instanceof Integer number ? (Object) number.longValue() : value;
  }

  private static Object negative(Object value) {
    return value instanceof BigDecimal decimal ? decimal.negate() : (Object) (-number(value));
  }

  private Object column(Ast.Column column, Env env) {
    Place place = places.get(column);
    if (place == null) {
      place = place(column, env.scope());
      places.put(column, place);
    }
    if (place.index() < 0) {
      return null;
    }
    Env at = env;
    for (int i = 0; i < place.out(); i++) {
      at = at.outer();
    }
    return at.row()[place.index()];
  }

  /** The columns that a name means, from the inside out. */
  private static Place place(Ast.Column column, Scope scope) {
    List<String> path = column.path();
    String name = path.get(path.size() - 1);
    String relation = path.size() > 1 ? path.get(path.size() - 2) : null;
    int out = 0;
    for (Scope at = scope; at != null; at = at.outer()) {
      List<CatalogRelation.Column> columns = at.relation().columns();
      for (int i = 0; i < columns.size(); i++) {
        CatalogRelation.Column known = columns.get(i);
        if (known.name().equals(name) && (relation == null || known.relation().equals(relation))) {
          return new Place(out, i, known.type());
        }
      }
      if (relation != null && at.relation().open().contains(relation)
          || relation == null && !at.relation().open().isEmpty()) {
        return new Place(out, -1, PgType.TEXT);
      }
      out++;
    }
    throw PgError.of(
            PgError.UNDEFINED_COLUMN, "column \"" + String.join(".", path) + "\" does not exist")
        .at(column.at());
  }

  private Object binary(Ast.Binary binary, Env env) {
    Object left = value(binary.left(), env);
    if (binary.operator().equals("and")) {
      if (left != null && !isTrue(left)) {
        return false;
      }
      Object right = value(binary.right(), env);
      return right != null && !isTrue(right)
          ? (Object) false
          : left == null || right == null ? null : true;
    }
    if (binary.operator().equals("or")) {
      if (isTrue(left)) {
        return true;
      }
      Object right = value(binary.right(), env);
      return isTrue(right) ? (Object) true : left == null || right == null ? null : false;
    }
    return operated(binary.operator(), left, value(binary.right(), env));
  }

  private static Object operated(String operator, Object left, Object right) {
    if (left == null || right == null) {
      return null;
    }
    return switch (operator) {
      case "=" -> compare(left, right) == 0;
      case "<>" -> compare(left, right) != 0;
      case "<" -> compare(left, right) < 0;
      case ">" -> compare(left, right) > 0;
      case "<=" -> compare(left, right) <= 0;
      case ">=" -> compare(left, right) >= 0;
      case "~" -> CatalogValues.matches(text(left), text(right), false);
      case "!~" -> !CatalogValues.matches(text(left), text(right), false);
      case "~*" -> CatalogValues.matches(text(left), text(right), true);
      case "!~*" -> !CatalogValues.matches(text(left), text(right), true);
      case "~~" -> CatalogValues.like(text(left), text(right), false);
      case "!~~" -> !CatalogValues.like(text(left), text(right), false);
      case "~~*" -> CatalogValues.like(text(left), text(right), true);
      case "!~~*" -> !CatalogValues.like(text(left), text(right), true);
      case "||" -> joined(left, right);
      case "&" -> number(left) & number(right);
      case "|" -> number(left) | number(right);
      case "@>" -> list(left).containsAll(list(right));
      case "<@" -> list(right).containsAll(list(left));
      case "&&" -> list(left).stream().anyMatch(list(right)::contains);
      case "+", "-", "*", "/", "%" -> computed(operator, left, right);
      default ->
          throw PgError.of(PgError.UNDEFINED_FUNCTION, "operator does not exist: " + operator);
    };
  }

  private static Object joined(Object left, Object right) {
    if (left instanceof List<?> || right instanceof List<?>) {
      List<Object> both = new ArrayList<>(left instanceof List<?> list ? list : List.of(left));
      both.addAll(right instanceof List<?> list ? list : List.of(right));
      return both;
    }
    return Functions.bounded(text(left) + text(right));
  }

  private static Object computed(String operator, Object left, Object right) {
    try {
      if (left instanceof BigDecimal || right instanceof BigDecimal) {
        BigDecimal a = decimal(left);
        BigDecimal b = decimal(right);
        return switch (operator) {
          case "+" -> a.add(b);
          case "-" -> a.subtract(b);
          case "*" -> a.multiply(b, java.math.MathContext.DECIMAL128);
          case "/" -> a.divide(b, 16, RoundingMode.HALF_UP);
          default -> a.remainder(b);
        };
      }
      long a = number(left);
      long b = number(right);
      return switch (operator) {
        case "+" -> Math.addExact(a, b);
        case "-" -> Math.subtractExact(a, b);
        case "*" -> Math.multiplyExact(a, b);
        case "/" -> a / b;
        default -> a % b;
      };
    } catch (ArithmeticException e) {
      throw PgError.of("22012", "cannot compute: " + e.getMessage());
    }
  }

  private Object call(Ast.Call call, Env env) {
    if (env.computed() != null && env.computed().containsKey(call)) {
      return env.computed().get(call);
    }
    if (call.name().equals("coalesce")) {
      for (Ast.Node argument : call.arguments()) {
        Object value = value(argument, env);
        if (value != null) {
          return value;
        }
      }
      return null;
    }
    return functions.call(call, values(call.arguments(), env));
  }

  private Object choice(Ast.Case choice, Env env) {
    Object of = choice.of() == null ? null : value(choice.of(), env);
    for (int i = 0; i < choice.whens().size(); i++) {
      Object when = value(choice.whens().get(i), env);
      boolean chosen =
          choice.of() == null ? isTrue(when) : of != null && when != null && compare(of, when) == 0;
      if (chosen) {
        return value(choice.thens().get(i), env);
      }
    }
    return choice.otherwise() == null ? null : value(choice.otherwise(), env);
  }

  private Object in(Ast.In in, Env env) {
    Object of = value(in.of(), env);
    return of == null ? null : any(of, "=", values(in.values(), env), false);
  }

  private static Object any(Object of, String operator, List<Object> items, boolean all) {
    boolean unknown = false;
    for (Object item : items) {
      Object told = operated(operator, of, item);
      if (told == null) {
        unknown = true;
      } else if (isTrue(told) != all) {
        return !all;
      }
    }
    return unknown ? null : (Object) all;
  }

  /** What an expression's values are. */
  PgType type(Ast.Node node, Scope scope) {
    if (node instanceof Ast.Column column) {
      return place(column, scope).type();
    } else if (node instanceof Ast.Literal literal) {
      return literal.value() instanceof Long number
          ? (number == number.intValue() ? PgType.INT4 : PgType.INT8)
          : literal.value() instanceof Boolean
              ? PgType.BOOL
              : literal.value() instanceof BigDecimal ? PgType.NUMERIC : PgType.TEXT;
    } else if (node instanceof Ast.Cast cast) {
      return functions.castType(cast.type());
    } else if (node instanceof Ast.Call call) {
      return functions.type(call, argument -> type(argument, scope));
    } else if (node instanceof Ast.Case choice) {
      for (Ast.Node then : choice.thens()) {
        if (!(then instanceof Ast.Literal literal && literal.value() == null)) {
          return type(then, scope);
        }
      }
      return choice.otherwise() == null ? PgType.TEXT : type(choice.otherwise(), scope);
    } else if (node instanceof Ast.Binary binary) {
      return switch (binary.operator()) {
        case "||" ->
            type(binary.left(), scope).category() == 'A' ? type(binary.left(), scope) : PgType.TEXT;
        case "+", "-", "*", "/", "%", "&", "|" -> arithmetic(binary, scope);
        default -> PgType.BOOL;
      };
    } else if (node instanceof Ast.Unary unary) {
      return unary.operator().equals("not") ? PgType.BOOL : type(unary.of(), scope);
    } else if (node instanceof Ast.Scalar scalar) {
      return runner.types(scalar.query(), scope).get(0);
    } else if (node instanceof Ast.ArrayQuery array) {
      return arrayOf(runner.types(array.query(), scope).get(0));
    } else if (node instanceof Ast.ArrayOf array) {
      return array.items().isEmpty()
          ? PgType.TEXT_ARRAY
          : arrayOf(type(array.items().get(0), scope));
    } else if (node instanceof Ast.Subscript subscript) {
      return type(subscript.of(), scope).element().orElse(PgType.TEXT);
    } else if (node instanceof Ast.Field field) {
      return field.name().equals("n")
          ? PgType.INT4
          : field.name().equals("x") ? PgType.INT2 : PgType.TEXT;
    }
    return node instanceof Ast.Parameter || node instanceof Ast.Star ? PgType.TEXT : PgType.BOOL;
  }

  private PgType arithmetic(Ast.Binary binary, Scope scope) {
    PgType left = type(binary.left(), scope);
    PgType right = type(binary.right(), scope);
    if (left == PgType.NUMERIC || right == PgType.NUMERIC) {
      return PgType.NUMERIC;
    }
    return left == PgType.INT8 || right == PgType.INT8 ? PgType.INT8 : PgType.INT4;
  }

  private static PgType arrayOf(PgType element) {
    return switch (element) {
      case INT2 -> PgType.INT2_ARRAY;
      case INT4 -> PgType.INT4_ARRAY;
      case INT8 -> PgType.INT8_ARRAY;
      case OID -> PgType.OID_ARRAY;
      case NAME -> PgType.NAME_ARRAY;
      default -> PgType.TEXT_ARRAY;
    };
  }
}
