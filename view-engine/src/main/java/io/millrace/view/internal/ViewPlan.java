package io.millrace.view.internal;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * A view, analysed, checked and cut in three: what happens to a row before it is aggregated, the
 * aggregation, and what happens to a group's finished values. Catalyst trees hold mutable parts
 * (lambda variables, sketches' scratch space), so a plan must not be run by two threads: {@link
 * #copy} it.
 *
 * @param source the leaf of {@code input}: stands for the source's rows
 * @param input Filter, Project, Expand and Generate nodes above {@code source}
 * @param grouping the grouping expressions over {@code input}'s output; floating point is normalised
 * @param aggregates the distinct aggregates over {@code input}'s output, all of mode Complete
 * @param groups the leaf of {@code finish}: the attributes of {@code grouping}, then the result
 *     attribute of each aggregate
 * @param finish Project and Filter nodes above {@code groups}; its output are the view's columns
 */
public record ViewPlan(
    LocalRelation source,
    LogicalPlan input,
    List<NamedExpression> grouping,
    List<AggregateExpression> aggregates,
    LocalRelation groups,
    LogicalPlan finish)
    implements Serializable {

  /** Attributes of the grouping expressions. */
  public List<Attribute> groupAttributes() {
    return grouping.stream().map(NamedExpression::toAttribute).toList();
  }

  /** A copy that shares nothing mutable with this plan. */
  public ViewPlan copy() {
    return Copies.of(this);
  }
}
