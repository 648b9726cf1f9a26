package io.millrace.view.internal;

import io.millrace.control.ErrorCode;
import io.millrace.control.MillraceException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.analysis.EliminateSubqueryAliases;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.optimizer.NormalizeFloatingNumbers$;
import org.apache.spark.sql.catalyst.planning.PhysicalAggregation;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import scala.Tuple4;
import scala.collection.immutable.Seq;

/** Cuts an analysed plan into a {@link ViewPlan}. */
final class ViewShaper {
  private final String view;

  ViewShaper(String view) {
    this.view = view;
  }

  ViewPlan shape(LogicalPlan analyzed) {
    LogicalPlan plan = InputRules.prepare(EliminateSubqueryAliases.apply(analyzed));
    List<LogicalPlan> above = new ArrayList<>();
    LogicalPlan node = plan;
    while (node instanceof Project || node instanceof Filter) {
      above.add(node);
      node = node.children().head();
    }
    if (!(node instanceof Aggregate aggregate)) {
      throw new MillraceException(
          ErrorCode.NOT_SUPPORTED,
          "cannot compile view %s: found a SELECT without aggregation, expected GROUP BY or an"
                  .formatted(view)
              + " aggregate such as count(*); add one, or read the source itself");
    }
    return cut(aggregate, above);
  }

  private ViewPlan cut(Aggregate aggregate, List<LogicalPlan> above) {
    Tuple4<Seq<NamedExpression>, Seq<AggregateExpression>, Seq<NamedExpression>, LogicalPlan> parts =
        PhysicalAggregation.unapply(aggregate).get();
    List<NamedExpression> grouping = new ArrayList<>();
    for (NamedExpression expression : Scala.list(parts._1())) {
      grouping.add(normalized(expression));
    }
    List<AggregateExpression> aggregates = Scala.list(parts._2());
    FinishRules finish = new FinishRules(Scala.list(parts._3()));
    for (int i = above.size() - 1; i >= 0; i--) {
      finish.add(above.get(i));
    }
    LogicalPlan input = InputRules.optimize(parts._4(), grouping, aggregates);
    LocalRelation source = (LocalRelation) Scala.list(input.collectLeaves()).get(0);
    return new ViewPlan(source, input, grouping, aggregates, finish.results(), finish.having());
  }

  /** As Spark's planner does: -0.0 and every NaN are one group each. */
  private static NamedExpression normalized(NamedExpression expression) {
    Expression normal = NormalizeFloatingNumbers$.MODULE$.normalize((Expression) expression);
    return Exprs.named(normal, expression);
  }
}
