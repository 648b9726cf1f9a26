package io.millrace.view.internal.tree;

import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.runtime.AbstractPartialFunction;

/** A total rewrite of plan nodes, as Catalyst's transformations want it. */
public abstract class Rewrite extends AbstractPartialFunction<LogicalPlan, LogicalPlan> {
  public abstract LogicalPlan rewrite(LogicalPlan node);

  @Override
  public final boolean isDefinedAt(LogicalPlan node) {
    return true;
  }

  @Override
  public final <A extends LogicalPlan, B> B applyOrElse(A node, scala.Function1<A, B> otherwise) {
    @SuppressWarnings("unchecked")
    B result = (B) rewrite(node);
    return result;
  }
}
