package io.millrace.view.internal;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.optimizer.BooleanSimplification;
import org.apache.spark.sql.catalyst.optimizer.CollapseProject;
import org.apache.spark.sql.catalyst.optimizer.CombineFilters;
import org.apache.spark.sql.catalyst.optimizer.ConstantFolding;
import org.apache.spark.sql.catalyst.optimizer.InlineCTE;
import org.apache.spark.sql.catalyst.optimizer.PushDownPredicates;
import org.apache.spark.sql.catalyst.optimizer.ReplaceExpressions;
import org.apache.spark.sql.catalyst.optimizer.RewriteWithExpression;
import org.apache.spark.sql.catalyst.optimizer.SimplifyCasts;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/** The optimizer rules of Spark that need no session, applied to a view's plan. */
final class InputRules {
  private static final int MOST_ROUNDS = 20;

  private InputRules() {}

  /** Replaces what cannot be evaluated by what can, and folds constants. */
  static LogicalPlan prepare(LogicalPlan plan) {
    LogicalPlan inlined = new InlineCTE(false, false).apply(plan);
    LogicalPlan replaced =
        RewriteWithExpression.apply(ReplaceExpressions.apply(inlined));
    return BooleanSimplification.apply(
        SimplifyCasts.apply(ConstantFolding.apply(replaced)));
  }

  /** Puts filters first and merges neighbouring projections, to a fixed point. */
  static LogicalPlan optimize(
      LogicalPlan input, List<NamedExpression> grouping, List<AggregateExpression> aggregates) {
    LogicalPlan plan = input;
    for (int round = 0; round < MOST_ROUNDS; round++) {
      LogicalPlan next =
          CombineFilters.apply(CollapseProject.apply(PushDownPredicates.apply(plan)));
      if (next.fastEquals(plan)) {
        break;
      }
      plan = next;
    }
    return plan;
  }
}
