package io.millrace.view.internal.stable;

import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Rewrite;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.optimizer.ReplaceExpressions;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampType;
import scala.PartialFunction;

/**
 * Replaces the few expressions of Spark whose value depends on more than the records: on the day it
 * is computed, or on how the records are split and in which order their states are merged. What
 * runs in any layer, and what any layer's answer is checked against, has been through here.
 *
 * <ul>
 *   <li>{@code CAST(text AS TIMESTAMP)} gives NULL for a text without a date, which Spark takes for
 *       today's;
 *   <li>sums and averages that can overflow on their way are kept wide ({@link WideSum}): they are
 *       NULL if and only if the sum of all values does not fit.
 * </ul>
 */
public final class StableRules {
  private StableRules() {}

  /** The plan itself if there is nothing to replace. */
  public static LogicalPlan stable(LogicalPlan plan) {
    LogicalPlan evaluable = ReplaceExpressions.apply(plan);
    LogicalPlan stable = replaced(evaluable);
    return stable.fastEquals(evaluable) ? plan : stable;
  }

  /**
   * @param evaluable a plan without expressions that stand for others
   */
  public static LogicalPlan replaced(LogicalPlan evaluable) {
    PartialFunction<Expression, Expression> rule = Exprs.rule(StableRules::replaced);
    return evaluable.transformUp(
        new Rewrite() {
          @Override
          public LogicalPlan rewrite(LogicalPlan node) {
            return (LogicalPlan) node.transformExpressionsUp(rule);
          }
        });
  }

  private static Expression replaced(Expression e) {
    if (e instanceof Cast cast
        && cast.child().dataType() instanceof StringType
        && cast.dataType() instanceof TimestampType
        && !cast.child().foldable()) {
      return dated(cast);
    }
    return WideSum.canOverflow(e) ? WideSum.of(e) : e;
  }

  /** A text without a date is no TIMESTAMP_NTZ in Spark; everything else that is a TIMESTAMP is. */
  private static Expression dated(Cast cast) {
    Expression local =
        new Cast(cast.child(), DataTypes.TimestampNTZType, cast.timeZoneId(), cast.evalMode());
    return new If(new IsNull(local), new Literal(null, DataTypes.TimestampType), cast);
  }
}
