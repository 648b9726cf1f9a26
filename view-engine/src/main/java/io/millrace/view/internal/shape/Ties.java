package io.millrace.view.internal.shape;

import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.aggregate.MaxMinBy;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;

/**
 * Whether {@code max_by} and {@code min_by} can meet two rows with an equal ordering value and
 * different values, so that either may come out. They cannot
 *
 * <ul>
 *   <li>where the value is computed from nothing but the ordering value, or fields of the struct
 *       that it is: {@code max_by(x, struct(t, x))};
 *   <li>where partition and offset are among these fields, and each record is one row: {@code
 *       max_by(x, struct(t, kafka_partition, kafka_offset))}.
 * </ul>
 */
public final class Ties {
  private final boolean oneRowPerRecord;

  public Ties(ViewPlan plan) {
    this.oneRowPerRecord = plan.input().find(Ties::multiplies).isEmpty();
  }

  private static boolean multiplies(LogicalPlan node) {
    return node instanceof Generate || node instanceof Expand;
  }

  public boolean possible(MaxMinBy aggregate) {
    List<Expression> known = new ArrayList<>();
    collect(aggregate.orderingExpr(), known);
    boolean record =
        oneRowPerRecord && isThere("kafka_partition", known) && isThere("kafka_offset", known);
    return !record && !determined(aggregate.valueExpr(), known);
  }

  private static void collect(Expression ordering, List<Expression> known) {
    known.add(ordering);
    if (ordering instanceof CreateNamedStruct struct) {
      Scala.<Expression>list(struct.valExprs()).forEach(field -> collect(field, known));
    }
  }

  private static boolean isThere(String column, List<Expression> known) {
    return known.stream()
        .anyMatch(
            expression ->
                expression instanceof AttributeReference attribute
                    && attribute.name().equalsIgnoreCase(column));
  }

  private static boolean determined(Expression value, List<Expression> known) {
    if (known.stream().anyMatch(value::semanticEquals) || value.foldable()) {
      return true;
    }
    List<Expression> parts = Scala.list(value.children());
    // Of 0.0 and −0.0, which tie, a function may make different values.
    return !parts.isEmpty()
        && parts.stream().allMatch(part -> !isFloating(part) && determined(part, known));
  }

  private static boolean isFloating(Expression part) {
    return part.dataType() instanceof DoubleType || part.dataType() instanceof FloatType;
  }
}
