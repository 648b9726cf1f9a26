package io.millrace.view.internal.planner;

import io.millrace.view.internal.analyze.Aggregates;
import io.millrace.view.internal.operate.Step;
import io.millrace.view.internal.operate.window.WindowStep;
import io.millrace.view.internal.query.Measure;
import io.millrace.view.internal.query.QueryErrors;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.First;
import org.apache.spark.sql.catalyst.expressions.aggregate.Last;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Window;

/** Window functions to steps. Stateless. */
final class Windows {
  private Windows() {}

  /**
   * @param conditions on what comes out
   * @param rows the rows of an input that meet conditions
   */
  static Step rows(
      Window window,
      List<Expression> conditions,
      BiFunction<LogicalPlan, List<Expression>, Step> rows) {
    List<NamedExpression> functions = Scala.list(window.windowExpressions());
    Exprs.of(functions).forEach(Windows::check);
    List<Expression> partition = Scala.list(window.partitionSpec());
    List<SortOrder> orders = Scala.list(window.orderSpec());
    Set<ExprId> partitioned = new HashSet<>();
    for (Expression key : partition) {
      Planner.checkGrouping(key);
      if (key instanceof AttributeReference attribute
          && JoinParts.identical(attribute.dataType())) {
        partitioned.add(attribute.exprId());
      }
    }
    List<Expression> below = new ArrayList<>();
    List<Expression> above = new ArrayList<>();
    for (Expression condition : conditions) {
      Set<ExprId> reads = Conditions.reads(condition);
      // It leaves out whole partitions, or rows of which what is left is made.
      (!reads.isEmpty() && partitioned.containsAll(reads) ? below : above).add(condition);
    }
    return Scans.filter(
        new WindowStep(
            rows.apply(window.child(), below),
            functions,
            partition.stream().map(JoinParts::toBytes).toList(),
            orders,
            Scala.list(window.output()),
            text(functions, partition, orders)),
        above);
  }

  private static String text(
      List<NamedExpression> functions, List<Expression> partition, List<SortOrder> orders) {
    return "window over "
        + (partition.isEmpty() ? "all rows" : "rows of the same " + Scans.sql(partition))
        + (orders.isEmpty() ? "" : " by " + Scans.sql(orders))
        + ", which are held: "
        + Scans.sql(Exprs.of(functions));
  }

  private static void check(Expression functions) {
    Exprs.visit(
        functions,
        e -> {
          if (e instanceof AggregateExpression aggregate) {
            check(aggregate);
          }
        });
  }

  private static void check(AggregateExpression aggregate) {
    AggregateFunction function = aggregate.aggregateFunction();
    if (function instanceof Measure) {
      throw QueryErrors.unsupported(
          aggregate,
          QueryErrors.text(aggregate) + " OVER a window",
          "window functions of values",
          "write MEASURE in a sub-select with GROUP BY, and the window function over its columns");
    }
    Aggregates.Verdict verdict = Aggregates.verdict(aggregate);
    if (verdict.refused() && !(function instanceof First) && !(function instanceof Last)) {
      throw QueryErrors.unsupported(
          aggregate,
          QueryErrors.text(aggregate) + " OVER a window, " + verdict.reason(),
          "an aggregate whose value is the same in any order of rows, first_value or last_value",
          "use one of those");
    }
  }
}
