package io.millrace.view.internal.shape;

import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Abs;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression$;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.ApproxTopK;
import org.apache.spark.sql.catalyst.expressions.aggregate.ApproxTopKAccumulate;
import org.apache.spark.sql.catalyst.expressions.aggregate.Average;
import org.apache.spark.sql.catalyst.expressions.aggregate.Corr;
import org.apache.spark.sql.catalyst.expressions.aggregate.Count;
import org.apache.spark.sql.catalyst.expressions.aggregate.Covariance;
import org.apache.spark.sql.catalyst.expressions.aggregate.RegrIntercept;
import org.apache.spark.sql.catalyst.expressions.aggregate.RegrSlope;
import org.apache.spark.sql.catalyst.expressions.aggregate.Sum;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.LongType;
import scala.Option;

/**
 * The size of what floating-point aggregates add up, kept beside them: how far two sums may be
 * apart follows from how many values of which size they are of, and a sum that cancels out says
 * nothing of that.
 *
 * <ul>
 *   <li>{@code sum(x)} of floating point: {@code count(x)}, {@code sum(abs(x))};
 *   <li>{@code avg(x)} of floating point or BIGINT, the same, of which {@code count(x)} is that of
 *       the sum of sizes;
 *   <li>covariances and regression lines: {@code corr(x, y)}, whose state has the spread of both;
 *   <li>{@code approx_top_k(x)}, whose sketch can forget how many values it has seen: {@code
 *       count(x)}.
 * </ul>
 *
 * Central moments bring it themselves. What the view has anyway is not kept twice.
 */
public final class Magnitudes {
  private Magnitudes() {}

  /** The aggregates with those added, at the end, that say the size of others. */
  static List<AggregateExpression> complete(List<AggregateExpression> aggregates) {
    List<AggregateExpression> all = new ArrayList<>(aggregates);
    for (int i = 0; i < all.size(); i++) {
      for (AggregateExpression size : sizes(all.get(i))) {
        if (all.stream().noneMatch(size::semanticEquals)) {
          all.add(size);
        }
      }
    }
    return List.copyOf(all);
  }

  /**
   * For each of the aggregates the places of those that say its size, in the order in which the
   * class says it; empty if it needs none. Of a plan that is no copy: copies tell equal expressions
   * apart.
   */
  public static List<List<Integer>> of(List<AggregateExpression> aggregates) {
    return aggregates.stream()
        .map(aggregate -> sizes(aggregate).stream().map(size -> placeOf(size, aggregates)).toList())
        .toList();
  }

  private static int placeOf(AggregateExpression size, List<AggregateExpression> aggregates) {
    for (int i = 0; i < aggregates.size(); i++) {
      if (size.semanticEquals(aggregates.get(i))) {
        return i;
      }
    }
    throw new IllegalStateException("no such aggregate in the view: " + size);
  }

  private static List<AggregateExpression> sizes(AggregateExpression aggregate) {
    AggregateFunction function = aggregate.aggregateFunction();
    if (function instanceof Sum sum && isFloating(sum.child().dataType())) {
      // What is not negative is its own size.
      Expression value = sum.child() instanceof Abs abs ? abs.child() : sum.child();
      return List.of(
          like(aggregate, new Count(Scala.seq(List.of(value)))), like(aggregate, absolute(value)));
    }
    if (function instanceof Average average
        && (isFloating(average.child().dataType())
            || average.child().dataType() instanceof LongType)) {
      return List.of(like(aggregate, absolute(average.child())));
    }
    if (function instanceof Covariance covariance) {
      return List.of(like(aggregate, new Corr(covariance.left(), covariance.right())));
    }
    if (function instanceof RegrSlope slope) {
      return List.of(like(aggregate, new Corr(slope.right(), slope.left())));
    }
    if (function instanceof RegrIntercept intercept) {
      return List.of(like(aggregate, new Corr(intercept.right(), intercept.left())));
    }
    if (function instanceof ApproxTopK || function instanceof ApproxTopKAccumulate) {
      Expression item = Scala.<Expression>list(function.children()).get(0);
      return List.of(like(aggregate, new Count(Scala.seq(List.of(item)))));
    }
    return List.of();
  }

  private static boolean isFloating(DataType type) {
    return type instanceof DoubleType || type instanceof FloatType;
  }

  private static Sum absolute(Expression value) {
    // Before abs, which the smallest BIGINT does not survive.
    Expression number =
        value.dataType() instanceof LongType
            ? new Cast(value, DataTypes.DoubleType, Option.empty())
            : value;
    return new Sum(new Abs(number));
  }

  private static AggregateExpression like(AggregateExpression of, AggregateFunction function) {
    return new AggregateExpression(
        function, of.mode(), false, of.filter(), NamedExpression$.MODULE$.newExprId());
  }
}
