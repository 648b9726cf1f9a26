package io.millrace.view.internal;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/** Which of a view's columns are group columns, or fields of them. */
final class KeyColumns {
  private final Map<ExprId, Expression> byId = new HashMap<>();

  KeyColumns(ViewPlan plan) {
    plan.groupAttributes().forEach(a -> byId.put(a.exprId(), (Expression) a));
    follow(plan.finish());
  }

  /** The expression over group attributes that the output attribute is, if it is one. */
  Optional<Expression> of(Attribute output) {
    return Optional.ofNullable(byId.get(output.exprId()));
  }

  private void follow(LogicalPlan node) {
    Scala.<LogicalPlan>list(node.children()).forEach(this::follow);
    if (node instanceof Project project) {
      List<Expression> list = Exprs.of(project.projectList());
      for (Expression expression : list) {
        if (expression instanceof Alias alias) {
          resolve(alias.child()).ifPresent(e -> byId.put(alias.exprId(), e));
        }
      }
    }
  }

  private Optional<Expression> resolve(Expression expression) {
    if (expression instanceof AttributeReference attribute) {
      return Optional.ofNullable(byId.get(attribute.exprId()));
    }
    if (expression instanceof GetStructField field) {
      return resolve(field.child())
          .map(child -> new GetStructField(child, field.ordinal(), field.name()));
    }
    return Optional.empty();
  }
}
