package io.millrace.view.internal.shape;

import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/** Folds the nodes above an aggregation, bottom to top, into result columns and conditions. */
final class FinishRules {
  private final List<Expression> having = new ArrayList<>();
  private List<NamedExpression> results;

  FinishRules(List<NamedExpression> aggregateResults) {
    results = aggregateResults;
  }

  void add(LogicalPlan node) {
    if (node instanceof Filter filter) {
      having.add(inlined(filter.condition()));
    } else if (node instanceof Project project) {
      List<NamedExpression> next = new ArrayList<>();
      for (NamedExpression named : Scala.list(project.projectList())) {
        next.add(Exprs.named(inlined((Expression) named), named));
      }
      results = next;
    } else {
      throw new IllegalStateException("no rule for " + node.nodeName());
    }
  }

  List<NamedExpression> results() {
    return List.copyOf(results);
  }

  List<Expression> having() {
    return List.copyOf(having);
  }

  private Expression inlined(Expression expression) {
    Map<ExprId, Expression> values = new HashMap<>();
    for (NamedExpression result : results) {
      if (result instanceof Alias alias) {
        values.put(alias.exprId(), alias.child());
      }
    }
    return Exprs.transform(
        expression,
        node ->
            node instanceof AttributeReference attribute
                ? values.getOrDefault(attribute.exprId(), node)
                : node);
  }
}
