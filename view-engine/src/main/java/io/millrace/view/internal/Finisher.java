package io.millrace.view.internal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.Predicate$;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/** The part of a view above its aggregation: result expressions and HAVING. Not thread-safe. */
final class Finisher {
  private interface Step {
    /** The row for the next step, or null if this step drops it. */
    InternalRow apply(InternalRow row);
  }

  private final List<Step> steps = new ArrayList<>();

  Finisher(LogicalPlan finish) {
    List<LogicalPlan> nodes = new ArrayList<>();
    LogicalPlan node = finish;
    while (!node.children().isEmpty()) {
      nodes.add(node);
      node = node.children().head();
    }
    Collections.reverse(nodes);
    List<Attribute> output = Scala.list(node.output());
    for (LogicalPlan step : nodes) {
      if (step instanceof Filter filter) {
        BasePredicate predicate = Predicate$.MODULE$.create(filter.condition(), Scala.seq(output));
        steps.add(row -> predicate.eval(row) ? row : null);
      } else if (step instanceof Project project) {
        UnsafeProjection projection =
            UnsafeProjection.create(
                Scala.seq(Exprs.of(project.projectList())), Scala.seq(output));
        output = Scala.list(project.output());
        steps.add(projection::apply);
      } else {
        throw new IllegalStateException("no step for " + step.nodeName());
      }
    }
  }

  /**
   * @param groups grouping values, then finished aggregates
   * @return the view's columns, valid until the next call; null if HAVING drops the row
   */
  InternalRow finish(InternalRow groups) {
    InternalRow row = groups;
    for (int i = 0; i < steps.size() && row != null; i++) {
      row = steps.get(i).apply(row);
    }
    return row;
  }
}
