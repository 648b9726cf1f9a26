package io.millrace.view.internal;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/** Whether two correct computations of a column always agree to the last bit. */
final class Exactness {
  private Exactness() {}

  static boolean of(ViewPlan plan, Attribute output) {
    Map<ExprId, Boolean> exact = new HashMap<>();
    for (AggregateExpression aggregate : plan.aggregates()) {
      exact.put(aggregate.resultAttribute().exprId(), Aggregates.exact(aggregate));
    }
    follow(plan.finish(), exact);
    return exact.getOrDefault(output.exprId(), true);
  }

  private static void follow(LogicalPlan node, Map<ExprId, Boolean> exact) {
    Scala.<LogicalPlan>list(node.children()).forEach(child -> follow(child, exact));
    if (node instanceof Project project) {
      for (NamedExpression named : Scala.list(project.projectList())) {
        exact.put(named.exprId(), exact((Expression) named, exact));
      }
    }
  }

  private static boolean exact(Expression expression, Map<ExprId, Boolean> known) {
    if (expression instanceof AttributeReference attribute) {
      return known.getOrDefault(attribute.exprId(), true);
    }
    return Scala.<Expression>list(expression.children()).stream()
        .allMatch(child -> exact(child, known));
  }
}
