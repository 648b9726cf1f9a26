package io.millrace.view.internal;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;

/** Whether two correct computations of a column always agree to the last bit. */
final class Exactness {
  private final Map<ExprId, Boolean> exact = new HashMap<>();

  Exactness(ViewPlan plan) {
    for (AggregateExpression aggregate : plan.aggregates()) {
      exact.put(aggregate.resultAttribute().exprId(), Aggregates.exact(aggregate));
    }
  }

  boolean of(NamedExpression column) {
    return of((Expression) column);
  }

  private boolean of(Expression expression) {
    if (expression instanceof AttributeReference attribute) {
      return exact.getOrDefault(attribute.exprId(), true);
    }
    return Scala.<Expression>list(expression.children()).stream().allMatch(this::of);
  }
}
