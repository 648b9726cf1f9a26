package io.millrace.view.internal.tree;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;

/**
 * Puts expressions in the place of the columns that they are. Bounded: a column that is used often
 * multiplies what it is, at each level of nesting again.
 */
public final class Substitution {
  private static final int MOST_NODES = 1_000;

  private final Map<ExprId, Expression> values = new HashMap<>();
  private final Map<ExprId, Integer> sizes = new HashMap<>();

  public static Substitution of(List<NamedExpression> columns) {
    Substitution substitution = new Substitution();
    for (NamedExpression column : columns) {
      if (column instanceof Alias alias) {
        substitution.put(alias.exprId(), alias.child());
      }
    }
    return substitution;
  }

  public void put(ExprId column, Expression value) {
    values.put(column, value);
    sizes.put(column, size(value));
  }

  /** Empty if what would come of it is too large, and larger than the expression is. */
  public Optional<Expression> applied(Expression expression) {
    long[] size = {0};
    int own = size(expression);
    Exprs.visit(
        expression,
        e ->
            size[0] +=
                e instanceof AttributeReference attribute
                    ? sizes.getOrDefault(attribute.exprId(), 1)
                    : 1);
    if (size[0] > Math.max(MOST_NODES, own)) {
      return Optional.empty();
    }
    return Optional.of(
        Exprs.transform(
            expression,
            e ->
                e instanceof AttributeReference attribute
                    ? values.getOrDefault(attribute.exprId(), e)
                    : e));
  }

  /** Whether all columns of the expression have a value here. */
  public boolean covers(Expression expression) {
    return Exprs.attributes(expression).stream().allMatch(a -> values.containsKey(a.exprId()));
  }

  private static int size(Expression value) {
    int[] size = {0};
    Exprs.visit(value, e -> size[0]++);
    return size[0];
  }
}
