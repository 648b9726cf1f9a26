package io.millrace.view.internal.analyze;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.tree.Origins;
import java.util.Locale;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.AesEncrypt;
import org.apache.spark.sql.catalyst.expressions.AssertTrue;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.RaiseError;
import org.apache.spark.sql.catalyst.expressions.UserDefinedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import scala.jdk.javaapi.CollectionConverters;

/** Refuses expressions whose value does not follow from the records alone, or cannot merge. */
final class ExpressionChecks {
  private static final Set<String> MOVING_DATES = Set.of("now", "today", "tomorrow", "yesterday");

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
        type instanceof MapType
            ? "group by array_sort(map_entries(" + bare + "))"
            : type instanceof StringType
                ? "group by lower(" + bare + ") COLLATE UTF8_BINARY"
                : "group by one of its parts, or by to_json of it";
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
    if (e.nodePatterns().contains(TreePattern.CURRENT_LIKE()) || movingDate(e)) {
      throw refuse(
          e,
          text(e) + ", which depends on when it is computed",
          "an expression of the record alone",
          "use a column such as kafka_timestamp, or filter what you query");
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

  /** {@code CAST('now' AS TIMESTAMP)} and the like. */
  private static boolean movingDate(Expression e) {
    if (!(e instanceof Cast cast)
        || !(cast.child().dataType() instanceof StringType)
        || !cast.child().foldable()) {
      return false;
    }
    DataType type = cast.dataType();
    if (!(type instanceof DateType
        || type instanceof TimestampType
        || type instanceof TimestampNTZType)) {
      return false;
    }
    Object value = cast.child().eval(null);
    return value != null
        && MOVING_DATES.contains(value.toString().strip().toLowerCase(Locale.ROOT));
  }

  private static String text(Expression e) {
    return Origins.text(e, "`" + e.sql() + "`");
  }

  private MillraceException refuse(Expression at, String found, String expected, String instead) {
    return Origins.error(ErrorCode.NOT_SUPPORTED, view, at, found, expected, instead);
  }
}
