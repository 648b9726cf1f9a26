package io.millrace.view.internal.plan;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
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
 * @param grouping the grouping expressions over {@code input}'s output; floating point is
 *     normalised
 * @param aggregates the distinct aggregates over {@code input}'s output, all of mode Complete
 * @param results the view's columns, over the attributes of {@code grouping} and the result
 *     attributes of {@code aggregates}
 * @param having conditions over the same attributes, all of which a row must meet
 */
public record ViewPlan(
    LocalRelation source,
    LogicalPlan input,
    List<NamedExpression> grouping,
    List<AggregateExpression> aggregates,
    List<NamedExpression> results,
    List<Expression> having)
    implements Serializable {

  /** Attributes of the grouping expressions. */
  public List<Attribute> groupAttributes() {
    return grouping.stream().map(NamedExpression::toAttribute).toList();
  }

  /** What {@code results} and {@code having} read: grouping values, then finished aggregates. */
  public List<Attribute> finishedAttributes() {
    List<Attribute> attributes = new ArrayList<>(groupAttributes());
    aggregates.forEach(aggregate -> attributes.add(aggregate.resultAttribute()));
    return attributes;
  }

  /** A copy that shares nothing mutable with this plan. */
  public ViewPlan copy() {
    return Copies.of(this);
  }
}
