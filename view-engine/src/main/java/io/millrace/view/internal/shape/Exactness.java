package io.millrace.view.internal.shape;

import io.millrace.view.internal.analyze.Aggregates;
import io.millrace.view.internal.analyze.Aggregates.Agreement;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.tree.Scala;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.ArrayContains;
import org.apache.spark.sql.catalyst.expressions.ArrayMax;
import org.apache.spark.sql.catalyst.expressions.ArrayMin;
import org.apache.spark.sql.catalyst.expressions.ArraySort;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetArrayItem;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.Size;
import org.apache.spark.sql.catalyst.expressions.SortArray;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.ApproximatePercentile;
import org.apache.spark.sql.catalyst.expressions.aggregate.MaxMinBy;

/** Whether two correct computations of a column always agree to the last bit. */
final class Exactness {
  private final Map<ExprId, Agreement> aggregates = new HashMap<>();
  private final Set<ExprId> percentiles = new HashSet<>();

  Exactness(ViewPlan plan) {
    Ties ties = new Ties(plan);
    for (AggregateExpression aggregate : plan.aggregates()) {
      boolean chosen = aggregate.aggregateFunction() instanceof MaxMinBy by && !ties.possible(by);
      aggregates.put(
          aggregate.resultAttribute().exprId(),
          chosen ? Agreement.EXACT : Aggregates.agreement(aggregate));
      if (aggregate.aggregateFunction() instanceof ApproximatePercentile) {
        percentiles.add(aggregate.resultAttribute().exprId());
      }
    }
  }

  boolean of(NamedExpression column) {
    return agreement((Expression) column) == Agreement.EXACT;
  }

  boolean roundedAlone(NamedExpression column) {
    return agreement((Expression) column) == Agreement.ROUNDED;
  }

  /** Whether a column is a percentile as the sketch gives it, or one of several. */
  boolean boundedAlone(NamedExpression column) {
    Expression value = (Expression) column;
    while (value instanceof Alias || value instanceof GetArrayItem) {
      value = value instanceof Alias alias ? alias.child() : ((GetArrayItem) value).child();
    }
    return value instanceof AttributeReference attribute
        && percentiles.contains(attribute.exprId());
  }

  private Agreement agreement(Expression expression) {
    if (expression instanceof AttributeReference attribute) {
      return aggregates.getOrDefault(attribute.exprId(), Agreement.EXACT);
    }
    Agreement worst =
        Scala.<Expression>list(expression.children()).stream()
            .map(this::agreement)
            .max(Agreement::compareTo)
            .orElse(Agreement.EXACT);
    return worst == Agreement.UNORDERED && ignoresOrder(expression) ? Agreement.EXACT : worst;
  }

  private static boolean ignoresOrder(Expression expression) {
    return expression instanceof Size
        || expression instanceof SortArray
        || expression instanceof ArraySort
        || expression instanceof ArrayContains
        || expression instanceof ArrayMin
        || expression instanceof ArrayMax;
  }
}
