package io.millrace.view.internal.key;

import io.millrace.view.internal.plan.ViewPlan;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;

/** Which of a view's columns are group columns, or fields of them. */
public final class KeyColumns {
  private final Map<ExprId, Expression> groups = new HashMap<>();

  public KeyColumns(ViewPlan plan) {
    plan.groupAttributes().forEach(a -> groups.put(a.exprId(), (Expression) a));
  }

  /** The expression over group attributes that the column is, if it is one. */
  public Optional<Expression> of(NamedExpression column) {
    return resolve(column instanceof Alias alias ? alias.child() : (Expression) column);
  }

  private Optional<Expression> resolve(Expression expression) {
    if (expression instanceof AttributeReference attribute) {
      return Optional.ofNullable(groups.get(attribute.exprId()));
    }
    if (expression instanceof GetStructField field) {
      return resolve(field.child())
          .map(child -> new GetStructField(child, field.ordinal(), field.name()));
    }
    return Optional.empty();
  }
}
