package io.millrace.view.internal.shape;

import io.millrace.view.internal.stable.StableRules;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.analysis.EliminateSubqueryAliases;
import org.apache.spark.sql.catalyst.optimizer.BooleanSimplification;
import org.apache.spark.sql.catalyst.optimizer.CollapseProject;
import org.apache.spark.sql.catalyst.optimizer.CombineFilters;
import org.apache.spark.sql.catalyst.optimizer.ConstantFolding;
import org.apache.spark.sql.catalyst.optimizer.EliminateDistinct;
import org.apache.spark.sql.catalyst.optimizer.EliminateResolvedHint;
import org.apache.spark.sql.catalyst.optimizer.InlineCTE;
import org.apache.spark.sql.catalyst.optimizer.LikeSimplification;
import org.apache.spark.sql.catalyst.optimizer.OptimizeIn;
import org.apache.spark.sql.catalyst.optimizer.PushDownPredicates;
import org.apache.spark.sql.catalyst.optimizer.ReplaceExpressions;
import org.apache.spark.sql.catalyst.optimizer.RewriteWithExpression;
import org.apache.spark.sql.catalyst.optimizer.SimplifyCasts;
import org.apache.spark.sql.catalyst.optimizer.SimplifyConditionals;
import org.apache.spark.sql.catalyst.optimizer.SpecialDatetimeValues;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/** The optimizer rules of Spark that need no session and that a view's plan gains from. */
public final class InputRules {
  private static final int MOST_ROUNDS = 20;

  private InputRules() {}

  /** Puts common table expressions where they are used. */
  public static LogicalPlan inlineWith(LogicalPlan plan) {
    return new InlineCTE(true, false).apply(plan);
  }

  /**
   * Replaces what cannot be evaluated by what can, and what is not {@link StableRules stable} by
   * what is. Rewrites every occurrence of an expression the same way, so that grouping expressions
   * are still found in results afterwards.
   */
  static LogicalPlan evaluable(LogicalPlan plan) {
    LogicalPlan bare = EliminateSubqueryAliases.apply(EliminateResolvedHint.apply(plan));
    LogicalPlan replaced =
        StableRules.replaced(SpecialDatetimeValues.apply(ReplaceExpressions.apply(bare)));
    return EliminateDistinct.apply(fixedPoint(replaced, RewriteWithExpression::apply));
  }

  /** Folds constants and simplifies expressions in every node. */
  public static LogicalPlan simplify(LogicalPlan plan) {
    return fixedPoint(
        plan,
        p ->
            SimplifyConditionals.apply(
                BooleanSimplification.apply(
                    OptimizeIn.apply(
                        LikeSimplification.apply(SimplifyCasts.apply(ConstantFolding.apply(p)))))));
  }

  /** Puts filters first and merges neighbouring nodes. */
  static LogicalPlan rearrange(LogicalPlan plan) {
    return fixedPoint(
        plan, p -> CombineFilters.apply(CollapseProject.apply(PushDownPredicates.apply(p))));
  }

  private static LogicalPlan fixedPoint(LogicalPlan start, UnaryOperator<LogicalPlan> rules) {
    LogicalPlan plan = start;
    for (int round = 0; round < MOST_ROUNDS; round++) {
      LogicalPlan next = rules.apply(plan);
      if (next.fastEquals(plan)) {
        return plan;
      }
      plan = next;
    }
    return plan;
  }
}
