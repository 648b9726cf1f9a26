package io.millrace.view.internal.shape;

import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/**
 * Whether the projection below an aggregation can be merged into it, so that no row is written in
 * between. It can if no computed column would then be computed both for the key and for the
 * aggregates; within either, generated code computes a repeated expression once.
 */
final class Inlining {
  private final Map<ExprId, Expression> values = new HashMap<>();

  Inlining(Project project) {
    for (NamedExpression column : Scala.list(project.projectList())) {
      if (column instanceof Alias alias) {
        values.put(alias.exprId(), alias.child());
      }
    }
  }

  boolean worthIt(List<Expression> grouping, List<Expression> aggregates) {
    Set<ExprId> both = computed(grouping);
    both.retainAll(computed(aggregates));
    return both.isEmpty();
  }

  Expression inlined(Expression expression) {
    return Exprs.transform(
        expression,
        node ->
            node instanceof AttributeReference attribute
                ? values.getOrDefault(attribute.exprId(), node)
                : node);
  }

  private Set<ExprId> computed(List<Expression> readers) {
    Set<ExprId> ids = new HashSet<>();
    for (Expression reader : readers) {
      for (AttributeReference attribute : Exprs.attributes(reader)) {
        Expression value = values.get(attribute.exprId());
        if (value != null && !cheap(value)) {
          ids.add(attribute.exprId());
        }
      }
    }
    return ids;
  }

  private static boolean cheap(Expression value) {
    return value instanceof AttributeReference
        || value instanceof Literal
        || value instanceof GetStructField field && cheap(field.child());
  }
}
