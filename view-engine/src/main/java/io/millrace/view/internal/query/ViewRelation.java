package io.millrace.view.internal.query;

import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.types.Metadata;

/**
 * A view as a question reads it: a relation of its columns, and what they are made of.
 *
 * @param name as the question calls it
 * @param plan the view; belongs to this question
 * @param codec of its group keys
 */
public record ViewRelation(String name, ViewPlan plan, KeyCodec codec) implements Relation {
  @Override
  public List<Attribute> columns() {
    List<Attribute> columns = new ArrayList<>();
    for (NamedExpression result : plan.results()) {
      Expression value = (Expression) result;
      columns.add(
          new AttributeReference(
              result.name(),
              value.dataType(),
              value.nullable(),
              Metadata.empty(),
              NamedExpression.newExprId(),
              Scala.seq(List.of())));
    }
    return columns;
  }

  /** Of a group there is one row. */
  @Override
  public boolean unique(Set<Integer> columns) {
    Set<ExprId> missing = groupIds();
    for (int column : columns) {
      if (value(column) instanceof AttributeReference attribute) {
        missing.remove(attribute.exprId());
      }
    }
    return missing.isEmpty();
  }

  /** What the {@code i}th column is, over group columns and finished aggregates. */
  public Expression value(int i) {
    Expression result = (Expression) plan.results().get(i);
    return result instanceof Alias alias ? alias.child() : result;
  }

  /** As {@link #value}, where it is of group columns alone. */
  public Optional<Expression> groupValue(int i) {
    Expression value = value(i);
    return ids(value).stream().allMatch(groupIds()::contains)
        ? Optional.of(value)
        : Optional.empty();
  }

  /** Whether the {@code i}th column is of finished aggregates alone. */
  public boolean measure(int i) {
    Set<ExprId> ids = ids(value(i));
    return !ids.isEmpty() && ids.stream().noneMatch(groupIds()::contains);
  }

  private Set<ExprId> groupIds() {
    Set<ExprId> ids = new HashSet<>();
    plan.groupAttributes().forEach(attribute -> ids.add(attribute.exprId()));
    return ids;
  }

  private static Set<ExprId> ids(Expression value) {
    Set<ExprId> ids = new HashSet<>();
    Exprs.attributes(value).forEach(attribute -> ids.add(attribute.exprId()));
    return ids;
  }
}
