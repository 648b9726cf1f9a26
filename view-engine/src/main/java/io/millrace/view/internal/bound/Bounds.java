package io.millrace.view.internal.bound;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.tree.Origins;
import io.millrace.view.internal.tree.Scala;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.HigherOrderFunction;
import org.apache.spark.sql.catalyst.expressions.LambdaFunction;
import org.apache.spark.sql.catalyst.expressions.Like;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.MultiLikeBase;
import org.apache.spark.sql.catalyst.expressions.RLike;
import org.apache.spark.sql.catalyst.expressions.RegExpExtract;
import org.apache.spark.sql.catalyst.expressions.RegExpExtractAll;
import org.apache.spark.sql.catalyst.expressions.RegExpInStr;
import org.apache.spark.sql.catalyst.expressions.RegExpReplace;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.StartsWith;
import org.apache.spark.sql.catalyst.expressions.StringSplit;
import org.apache.spark.sql.catalyst.expressions.StringToMap;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/** Puts bounds into expressions. Stateless and thread-safe. */
public final class Bounds {
  private Bounds() {}

  /** The same expression, which ends with an error where it would take too much itself. */
  public static Expression node(Expression e) {
    if (e instanceof Like like && isPlainText(e)) {
      return like(like);
    }
    if (e instanceof RLike && isPlainText(e)) {
      return new TimedSearch(e);
    }
    if (e instanceof Like || e instanceof RLike) {
      return simple(e);
    }
    if (e instanceof RegExpExtract || e instanceof RegExpReplace) {
      return new SizedValue(isPlainText(e) ? new TimedSearch(e) : simple(e));
    }
    if (e instanceof RegExpExtractAll
        || e instanceof RegExpInStr
        || e instanceof StringSplit
        || e instanceof StringToMap
        || e instanceof MultiLikeBase) {
      return new SizedValue(simple(e));
    }
    return grows(e) ? new SizedValue(e) : e;
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
        || e instanceof SizedValue
        || e instanceof AggregateFunction
        || e instanceof AggregateExpression) {
      return false;
    }
    return e instanceof HigherOrderFunction || growing(e.dataType());
  }

  private static boolean growing(DataType type) {
    return type instanceof StringType
        || type instanceof BinaryType
        || type instanceof ArrayType
        || type instanceof MapType
        || type instanceof StructType;
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
