package io.millrace.view.internal.bound;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.tree.Scala;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedArgumentExpression;
import org.apache.spark.sql.types.Decimal;
import scala.collection.immutable.Seq;

/**
 * Aggregates that take memory as their error gets small: gigabytes before the first row, and some
 * of it while they are only looked up.
 */
public final class Sketches {
  /** The least error of each: at most about a megabyte for each group. */
  private static final Map<String, Double> LEAST =
      Map.of("approx_count_distinct", 0.002, "count_min_sketch", 0.001);

  private Sketches() {}

  /**
   * @throws MillraceException {@code QUERY_LIMIT}
   */
  public static void check(String function, Seq<Expression> arguments) {
    Double least = LEAST.get(function);
    if (least == null || arguments.isEmpty()) {
      return;
    }
    for (Expression argument : Scala.<Expression>list(arguments).subList(1, arguments.size())) {
      double error =
          number(argument instanceof NamedArgumentExpression named ? named.value() : argument);
      if (error > 0 && error < least) {
        throw new MillraceException(
            ErrorCode.QUERY_LIMIT,
            "cannot answer: %sfound %s with an error of %s, expected at least %s; ask for less precision"
                .formatted(
                    io.millrace.view.internal.tree.Origins.place(argument.origin()),
                    function,
                    error,
                    least));
      }
    }
  }

  /** 0 where it is no constant number. */
  private static double number(Expression argument) {
    if (!argument.resolved() || !argument.foldable()) {
      return 0;
    }
    Object value = argument.eval(InternalRow.empty());
    if (value instanceof Decimal decimal) {
      return decimal.toDouble();
    }
    return value instanceof Number number ? number.doubleValue() : 0;
  }
}
