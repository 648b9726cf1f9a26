package io.millrace.view.internal.planner;

import io.millrace.view.internal.operate.ScanStep;
import io.millrace.view.internal.operate.Step;
import io.millrace.view.internal.operate.join.Lineage;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NullsFirst$;
import org.apache.spark.sql.catalyst.expressions.SortOrder;

/**
 * Whether rows come in an order already: keys are sorted by the group columns, one after the other,
 * upwards, NULL first. One that a condition gives a single value to counts for nothing.
 */
final class KeyOrder {
  private KeyOrder() {}

  static boolean of(Step rows, List<SortOrder> orders) {
    ScanStep scan = null;
    Set<ExprId> passed = new HashSet<>();
    int next = 0;
    for (SortOrder order : orders) {
      Optional<Lineage> lineage =
          order.direction() == Ascending$.MODULE$
                  && order.nullOrdering() == NullsFirst$.MODULE$
                  && order.child() instanceof AttributeReference column
              ? Lineage.of(rows, column)
              : Optional.empty();
      if (lineage.isEmpty()) {
        return false;
      }
      if (scan == null) {
        scan = lineage.get().scan();
        scan.wanted().map(Conditions::of).orElse(List.of()).forEach(c -> single(c, passed));
      }
      List<Attribute> columns = scan.groupColumns();
      ExprId wanted = lineage.get().column().exprId();
      while (!passed.contains(wanted)) {
        ExprId column = columns.get(next++).exprId();
        if (!column.equals(wanted) && !passed.contains(column)) {
          return false;
        }
        passed.add(column);
      }
    }
    return true;
  }

  private static void single(Expression condition, Set<ExprId> into) {
    if (condition instanceof EqualTo equal) {
      if (equal.left() instanceof AttributeReference a && equal.right() instanceof Literal) {
        into.add(a.exprId());
      } else if (equal.right() instanceof AttributeReference a && equal.left() instanceof Literal) {
        into.add(a.exprId());
      }
    }
  }
}
