package io.millrace.view.internal.query;

import io.millrace.view.internal.bound.Bounds;
import io.millrace.view.internal.shape.InputRules;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Rewrite;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Optional;
import org.apache.spark.sql.catalyst.analysis.EliminateSubqueryAliases;
import org.apache.spark.sql.catalyst.analysis.UpdateAttributeNullability;
import org.apache.spark.sql.catalyst.expressions.CurrentCatalog;
import org.apache.spark.sql.catalyst.expressions.CurrentDatabase;
import org.apache.spark.sql.catalyst.expressions.CurrentDate;
import org.apache.spark.sql.catalyst.expressions.CurrentTimestampLike;
import org.apache.spark.sql.catalyst.expressions.CurrentUser;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Generator;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.LocalTimestamp;
import org.apache.spark.sql.catalyst.expressions.UserDefinedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.optimizer.ComputeCurrentTime;
import org.apache.spark.sql.catalyst.optimizer.EliminateResolvedHint;
import org.apache.spark.sql.catalyst.optimizer.LikeSimplification;
import org.apache.spark.sql.catalyst.optimizer.PullOutGroupingExpressions;
import org.apache.spark.sql.catalyst.optimizer.ReplaceExceptWithAntiJoin;
import org.apache.spark.sql.catalyst.optimizer.ReplaceExpressions;
import org.apache.spark.sql.catalyst.optimizer.ReplaceIntersectWithSemiJoin;
import org.apache.spark.sql.catalyst.optimizer.RewriteWithExpression;
import org.apache.spark.sql.catalyst.optimizer.SpecialDatetimeValues;
import org.apache.spark.sql.catalyst.optimizer.UnwrapCastInBinaryComparison;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.types.DataTypes;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Makes an analysed question's expressions such that they can be evaluated: what stands for others
 * is replaced, the time of asking is put in, constants are folded. Refuses those whose value does
 * not follow from the rows and that time.
 */
public final class ExpressionRules {
  private ExpressionRules() {}

  /**
   * @param asked the time of asking; empty: now
   */
  public static LogicalPlan evaluable(LogicalPlan analyzed, Optional<Instant> asked) {
    LogicalPlan named = EliminateSubqueryAliases.apply(EliminateResolvedHint.apply(analyzed));
    LogicalPlan bare = ReplaceIntersectWithSemiJoin.apply(ReplaceExceptWithAntiJoin.apply(named));
    check(bare);
    // What is grouped by becomes a column first: simplified by itself, it is found in no result.
    LogicalPlan replaced = PullOutGroupingExpressions.apply(ReplaceExpressions.apply(bare));
    LogicalPlan askedThen = asked.map(time -> timed(replaced, time)).orElse(replaced);
    LogicalPlan timed = SpecialDatetimeValues.apply(ComputeCurrentTime.apply(askedThen));
    check(timed);
    checkTimed(timed);
    LogicalPlan plain = bounded(LikeSimplification.apply(RewriteWithExpression.apply(timed)));
    return UpdateAttributeNullability.apply(
        InputRules.simplify(UnwrapCastInBinaryComparison.apply(InputRules.simplify(plain))));
  }

  private static LogicalPlan timed(LogicalPlan plan, Instant asked) {
    return plan.transformUp(
        new Rewrite() {
          @Override
          public LogicalPlan rewrite(LogicalPlan node) {
            return (LogicalPlan) node.transformExpressionsUp(Exprs.rule(e -> timed(e, asked)));
          }
        });
  }

  /** What {@link ComputeCurrentTime} would take from the clock. */
  private static Expression timed(Expression e, Instant asked) {
    if (e instanceof CurrentTimestampLike) {
      return Literal.create(asked, DataTypes.TimestampType);
    } else if (e instanceof CurrentDate date) {
      return Literal.create(LocalDate.ofInstant(asked, date.zoneId()), DataTypes.DateType);
    } else if (e instanceof LocalTimestamp local) {
      return Literal.create(
          LocalDateTime.ofInstant(asked, local.zoneId()), DataTypes.TimestampNTZType);
    }
    return e;
  }

  /** Before anything is evaluated, constants too. */
  private static LogicalPlan bounded(LogicalPlan plan) {
    return plan.transformUp(
        new Rewrite() {
          @Override
          public LogicalPlan rewrite(LogicalPlan node) {
            return (LogicalPlan) node.transformExpressionsUp(Exprs.rule(Bounds::node));
          }
        });
  }

  /** Of what depends on who asks and where, only the time has been put in. */
  private static void checkTimed(LogicalPlan plan) {
    for (Expression expression : CollectionConverters.asJava(plan.expressions())) {
      Exprs.visit(
          expression,
          e -> {
            if (e instanceof CurrentUser
                || e instanceof CurrentDatabase
                || e instanceof CurrentCatalog) {
              throw QueryErrors.unsupported(
                  e,
                  QueryErrors.text(e) + ", which depends on who asks",
                  "an expression of the rows and the time of asking",
                  "give it as a parameter");
            }
          });
    }
    CollectionConverters.asJava(plan.children()).forEach(ExpressionRules::checkTimed);
  }

  private static void check(LogicalPlan plan) {
    CollectionConverters.asJava(plan.expressions()).forEach(ExpressionRules::check);
    CollectionConverters.asJava(plan.children()).forEach(ExpressionRules::check);
  }

  private static void check(Expression e) {
    boolean time = e.nodePatterns().contains(TreePattern.CURRENT_LIKE()) && e.foldable();
    if (e instanceof UserDefinedExpression) {
      throw QueryErrors.unsupported(
          e,
          "user-defined function " + QueryErrors.text(e),
          "Spark's own functions",
          "use one of those");
    }
    if (e instanceof Generator) {
      throw QueryErrors.unsupported(
          e,
          QueryErrors.text(e) + ", which makes several rows of one",
          "expressions with one value",
          "explode in the view, or take the array as it is");
    }
    if (!e.deterministic()
        && !time
        && !(e instanceof AggregateFunction)
        && !(e instanceof AggregateExpression)
        && CollectionConverters.asJava(e.children()).stream().allMatch(Expression::deterministic)) {
      throw QueryErrors.unsupported(
          e,
          "non-deterministic " + QueryErrors.text(e),
          "an expression that gives the same value for the same row every time",
          "derive it from the row, such as xxhash64(…)");
    }
    CollectionConverters.asJava(e.children()).forEach(ExpressionRules::check);
  }
}
