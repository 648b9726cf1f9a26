package io.millrace.view.internal.analyze;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.stable.MovingTimes;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Origins;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.spark.sql.catalyst.expressions.AesEncrypt;
import org.apache.spark.sql.catalyst.expressions.AssertTrue;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.RaiseError;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.expressions.UserDefinedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.types.CalendarIntervalType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import scala.jdk.javaapi.CollectionConverters;

/** Refuses expressions whose value does not follow from the records alone, or cannot merge. */
final class ExpressionChecks {
  private final String view;

  ExpressionChecks(String view) {
    this.view = view;
  }

  /**
   * @throws MillraceException {@code NOT_SUPPORTED} or {@code NOT_MERGEABLE}
   */
  void check(Expression expression) {
    if (expression instanceof AggregateExpression aggregate) {
      checkAggregate(aggregate);
    }
    checkNode(expression);
    for (Expression child : CollectionConverters.asJava(expression.children())) {
      check(child);
    }
  }

  /**
   * @throws MillraceException {@code NOT_SUPPORTED} if groups cannot be told apart by this
   */
  void checkGrouping(Expression expression) {
    DataType type = expression.dataType();
    if (KeyCodec.supports(type)) {
      return;
    }
    String bare = Origins.plain(expression);
    String instead =
        type instanceof MapType map && RowOrdering.isOrderable(map.valueType())
            ? "group by array_sort(map_entries(" + bare + "))"
            : type instanceof StringType
                ? "group by lower(" + bare + ") COLLATE UTF8_BINARY"
                : type instanceof CalendarIntervalType
                    ? "group by CAST(" + bare + " AS STRING)"
                    : "group by to_json(" + bare + "), or by one of its parts";
    throw Origins.error(
        ErrorCode.NOT_SUPPORTED,
        view,
        expression,
        "group column `" + bare + "` of type " + type.sql(),
        "a type whose values have one encoding each",
        instead);
  }

  private void checkNode(Expression e) {
    if (e instanceof UserDefinedExpression) {
      throw refuse(
          e, "user-defined function " + text(e), "Spark's own functions", "use one of those");
    }
    if (e instanceof RaiseError || e instanceof AssertTrue) {
      throw refuse(
          e,
          text(e) + ", which fails on purpose",
          "an expression with a value for every record",
          "filter such records with WHERE, or count them with count_if(…)");
    }
    if (e.nodePatterns().contains(TreePattern.CURRENT_LIKE())) {
      throw refuse(
          e,
          text(e) + ", which depends on when it is computed",
          "an expression of the record alone",
          "use a column such as kafka_timestamp, or filter what you query");
    }
    if (moves(e)) {
      throw refuse(e, MovingTimes.found(text(e)), MovingTimes.EXPECTED, MovingTimes.INSTEAD);
    }
    Optional<String> hidden = hidden(e);
    if (hidden.isPresent()) {
      throw refuse(
          e,
          text(e) + ", which takes a text with a time of day alone for a time of today",
          "a value that does not depend on when it is computed",
          hidden.get());
    }
    if (ownNondeterminism(e) || randomVector(e)) {
      throw refuse(
          e,
          "non-deterministic " + text(e),
          "an expression that gives the same value for the same record every time",
          "derive it from the record, such as xxhash64(kafka_partition, kafka_offset)");
    }
  }

  private void checkAggregate(AggregateExpression aggregate) {
    Aggregates.Verdict verdict = Aggregates.verdict(aggregate);
    if (verdict.refused()) {
      throw Origins.error(
          ErrorCode.NOT_MERGEABLE,
          view,
          aggregate,
          text(aggregate) + ", " + verdict.reason(),
          "an aggregate whose partial states merge",
          verdict.instead());
    }
  }

  private static boolean ownNondeterminism(Expression e) {
    return !e.deterministic()
        && !(e instanceof AggregateFunction)
        && !(e instanceof AggregateExpression)
        && CollectionConverters.asJava(e.children()).stream().allMatch(Expression::deterministic);
  }

  /** {@code aes_encrypt} that draws its initialization vector, which Spark does not tell. */
  private static boolean randomVector(Expression e) {
    if (!(e instanceof AesEncrypt encrypt)
        || !encrypt.iv().foldable()
        || encrypt.iv().eval(null) instanceof byte[] given && given.length > 0) {
      return false;
    }
    return !encrypt.mode().foldable()
        || !"ECB".equalsIgnoreCase(String.valueOf(encrypt.mode().eval(null)));
  }

  /** {@code CAST('now' AS TIMESTAMP)} and the like, also where another function stands for it. */
  private static boolean moves(Expression e) {
    return e instanceof Cast cast && MovingTimes.moves(cast)
        || e instanceof RuntimeReplaceable && anywhere(Exprs.replaced(e), ExpressionChecks::moves);
  }

  private static Optional<String> hidden(Expression e) {
    Optional<String> found = MovingTimes.hidden(e);
    if (found.isEmpty() && e instanceof RuntimeReplaceable) {
      List<Expression> inside = new ArrayList<>();
      Exprs.visit(Exprs.replaced(e), inside::add);
      return inside.stream().map(MovingTimes::hidden).flatMap(Optional::stream).findFirst();
    }
    return found;
  }

  private static boolean anywhere(Expression e, Predicate<Expression> what) {
    return what.test(e)
        || CollectionConverters.asJava(e.children()).stream().anyMatch(c -> anywhere(c, what));
  }

  private static String text(Expression e) {
    return Origins.text(e, "`" + e.sql() + "`");
  }

  private MillraceException refuse(Expression at, String found, String expected, String instead) {
    return Origins.error(ErrorCode.NOT_SUPPORTED, view, at, found, expected, instead);
  }
}
