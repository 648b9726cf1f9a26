package io.millrace.view.internal.bound;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Origins;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.ArrayTransform;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.HigherOrderFunction;
import org.apache.spark.sql.catalyst.expressions.LambdaFunction;
import org.apache.spark.sql.catalyst.expressions.Like;
import org.apache.spark.sql.catalyst.expressions.LikeAllBase;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.MapZipWith;
import org.apache.spark.sql.catalyst.expressions.MultiLikeBase;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.Not;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.expressions.RLike;
import org.apache.spark.sql.catalyst.expressions.RegExpExtract;
import org.apache.spark.sql.catalyst.expressions.RegExpExtractAll;
import org.apache.spark.sql.catalyst.expressions.RegExpInStr;
import org.apache.spark.sql.catalyst.expressions.RegExpReplace;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.StartsWith;
import org.apache.spark.sql.catalyst.expressions.StringSplit;
import org.apache.spark.sql.catalyst.expressions.StringToMap;
import org.apache.spark.sql.catalyst.expressions.TransformKeys;
import org.apache.spark.sql.catalyst.expressions.TransformValues;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.catalyst.expressions.ZipWith;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;

/** Puts bounds into expressions. Stateless and thread-safe. */
public final class Bounds {
  private static final long MOST_ROW = 1 << 24;

  private Bounds() {}

  /** The same expression, which ends with an error where it would take too much itself. */
  public static Expression node(Expression e) {
    if (e instanceof Like like) {
      return isPlainText(e) ? like(like) : new TimedSearch(e);
    }
    if (e instanceof MultiLikeBase many) {
      return each(many);
    }
    if (e instanceof RLike) {
      return new TimedSearch(e);
    }
    if (e instanceof RegExpExtract || e instanceof RegExpReplace) {
      return new SizedValue(new TimedSearch(e));
    }
    if (e instanceof RegExpExtractAll
        || e instanceof RegExpInStr
        || e instanceof StringSplit
        || e instanceof StringToMap) {
      return new SizedValue(simple(e));
    }
    if (e instanceof HigherOrderFunction) {
      return looping(e);
    }
    return grows(e) || Work.of(e) ? new SizedValue(e) : e;
  }

  /** The columns of a row, which all together stay within a bound. */
  public static List<NamedExpression> row(List<NamedExpression> columns) {
    Tally row = new Tally("a row", MOST_ROW);
    List<NamedExpression> counted = new ArrayList<>();
    int place = 0;
    for (NamedExpression column : columns) {
      Expression value = column instanceof Alias alias ? alias.child() : (Expression) column;
      if (Sizes.vary(value.dataType())) {
        counted.add(
            new Alias(
                new CountedValue(value, row, place++),
                column.name(),
                column.exprId(),
                column.qualifier(),
                Option.empty(),
                Scala.seq(List.of())));
      } else {
        counted.add(column);
      }
    }
    return counted;
  }

  /** What is counted, where it is a column of a {@link #row}. */
  public static Expression counted(Expression column) {
    return column instanceof CountedValue value ? (Expression) value.children().head() : column;
  }

  /** Whether something of it may take long or grow. */
  public static boolean isLong(Expression bounded) {
    boolean[] found = {false};
    Exprs.visit(
        bounded,
        e ->
            found[0] |=
                e instanceof TimedSearch
                    || e instanceof HigherOrderFunction
                    || e instanceof SizedValue
                        && (Growth.of((Expression) e.children().head())
                            || Work.of((Expression) e.children().head())));
    return found[0];
  }

  /** A search for each pattern, as a tree that is not deep. */
  private static Expression each(MultiLikeBase many) {
    Expression text = (Expression) many.children().head();
    List<Expression> searches = new ArrayList<>();
    for (UTF8String pattern : Scala.<UTF8String>list(many.patterns())) {
      Expression one = node(new Like(text, new Literal(pattern, text.dataType()), '\\'));
      searches.add(many.isNotSpecified() ? new Not(one) : one);
    }
    return joined(searches, many instanceof LikeAllBase);
  }

  private static Expression joined(List<Expression> conditions, boolean all) {
    if (conditions.size() == 1) {
      return conditions.get(0);
    }
    int half = conditions.size() / 2;
    Expression left = joined(conditions.subList(0, half), all);
    Expression right = joined(conditions.subList(half, conditions.size()), all);
    return all ? new And(left, right) : new Or(left, right);
  }

  /** A loop looks at the clock each time, and counts what it keeps. */
  private static Expression looping(Expression function) {
    Tally made = Sizes.tally();
    boolean keeps =
        function instanceof ArrayTransform
            || function instanceof ZipWith
            || function instanceof MapZipWith
            || function instanceof TransformKeys
            || function instanceof TransformValues;
    List<Expression> children = new ArrayList<>();
    for (Expression child : Scala.<Expression>list(function.children())) {
      children.add(
          child instanceof LambdaFunction lambda ? counted(lambda, keeps ? made : null) : child);
    }
    return new SizedValue(Scala.withChildren(function, Scala.seq(children)), made);
  }

  private static Expression counted(LambdaFunction lambda, Tally kept) {
    List<Expression> children = new ArrayList<>(Scala.<Expression>list(lambda.children()));
    children.set(0, new CountedValue(children.get(0), kept, -1));
    return Scala.withChildren(lambda, Scala.seq(children));
  }

  /** What stands before the first wildcard is said by itself: it can be a range of keys. */
  private static Expression like(Like like) {
    TimedSearch search = new TimedSearch(like);
    if (!(like.right() instanceof Literal literal) || literal.value() == null) {
      return search;
    }
    String pattern = literal.value().toString();
    int end = 0;
    while (end < pattern.length()
        && "%_".indexOf(pattern.charAt(end)) < 0
        && pattern.charAt(end) != like.escapeChar()) {
      end++;
    }
    return end == 0
        ? search
        : new And(
            new StartsWith(
                like.left(),
                new Literal(UTF8String.fromString(pattern.substring(0, end)), literal.dataType())),
            search);
  }

  private static boolean grows(Expression e) {
    if (e.children().isEmpty()
        || e instanceof Unevaluable
        || e instanceof Alias
        || e instanceof SortOrder
        || e instanceof GetStructField
        || e instanceof LambdaFunction
        || e instanceof CountedValue
        || e instanceof SizedValue
        || e instanceof AggregateFunction
        || e instanceof AggregateExpression) {
      return false;
    }
    return Sizes.vary(e.dataType());
  }

  private static boolean isPlainText(Expression e) {
    return Scala.<Expression>list(e.children()).stream()
        .map(Expression::dataType)
        .allMatch(type -> !(type instanceof StringType text) || text.supportsBinaryEquality());
  }

  /** Refuses patterns that can take more than one pass over the text. */
  private static Expression simple(Expression e) {
    for (Expression child : Scala.<Expression>list(e.children()).subList(1, e.children().size())) {
      if (child.dataType() instanceof StringType
          && !(child instanceof Literal literal
              && literal.value() != null
              && literal.value().toString().chars().noneMatch(c -> "*+?{(|".indexOf(c) >= 0))) {
        throw new MillraceException(
            ErrorCode.NOT_SUPPORTED,
            "cannot answer: %sfound %s with a pattern that is computed or repeats, expected one without * + ? { ( |, whose time is known; use regexp_extract, regexp_replace, RLIKE or LIKE, which are stopped in time"
                .formatted(Origins.place(e.origin()), Origins.text(e, "`" + e.prettyName() + "`")));
      }
    }
    return e;
  }
}
