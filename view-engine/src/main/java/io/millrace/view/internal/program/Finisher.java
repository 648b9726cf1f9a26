package io.millrace.view.internal.program;

import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Predicate$;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;

/** The part of a view above its aggregation: HAVING and result expressions. Not thread-safe. */
final class Finisher {
  private final BasePredicate having;
  private final UnsafeProjection results;

  Finisher(ViewPlan plan) {
    List<Attribute> attributes = plan.finishedAttributes();
    having =
        plan.having().stream()
            .<Expression>map(condition -> condition)
            .reduce(And::new)
            .map(all -> Predicate$.MODULE$.create(all, Scala.seq(attributes)))
            .orElse(null);
    results = UnsafeProjection.create(Scala.seq(Exprs.of(plan.results())), Scala.seq(attributes));
  }

  /**
   * @param groups grouping values, then finished aggregates
   * @return the view's columns, valid until the next call; null if HAVING drops the row
   */
  InternalRow finish(InternalRow groups) {
    return having == null || having.eval(groups) ? results.apply(groups) : null;
  }
}
