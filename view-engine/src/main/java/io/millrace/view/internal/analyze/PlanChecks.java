package io.millrace.view.internal.analyze;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.tree.Origins;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Deduplicate;
import org.apache.spark.sql.catalyst.plans.logical.Distinct;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LateralJoin;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Offset;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.ResolvedHint;
import org.apache.spark.sql.catalyst.plans.logical.Sample;
import org.apache.spark.sql.catalyst.plans.logical.SetOperation;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.UnionBase;
import org.apache.spark.sql.catalyst.trees.TreeNode;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Refuses analysed plans that cannot be kept live: all that is not one aggregation, with filters,
 * projections, expansions and generators of one source below it, and projections and filters above.
 */
public final class PlanChecks {
  private final String view;
  private final String source;
  private final ExpressionChecks expressions;

  public PlanChecks(String view, String source) {
    this.view = view;
    this.source = source;
    this.expressions = new ExpressionChecks(view);
  }

  /**
   * @param plan analysed, with common table expressions inlined
   * @throws MillraceException {@code NOT_SUPPORTED} or {@code NOT_MERGEABLE}
   */
  public void check(LogicalPlan plan) {
    LogicalPlan node = plan;
    boolean aggregated = false;
    while (true) {
      node = checkNode(node, aggregated);
      if (node instanceof LocalRelation) {
        break;
      }
      if (node instanceof Aggregate aggregate) {
        if (aggregated) {
          throw nested(aggregate);
        }
        aggregated = true;
        checkExpressions(aggregate);
        CollectionConverters.asJava(aggregate.groupingExpressions())
            .forEach(expressions::checkGrouping);
      } else {
        checkExpressions(node);
      }
      node = node.children().head();
    }
    if (!aggregated) {
      throw refuse(
          plan,
          "a SELECT without aggregation",
          "GROUP BY, or an aggregate such as count(*)",
          "add one, or read source " + source + " itself");
    }
  }

  /** The node itself if views can have it here. */
  private LogicalPlan checkNode(LogicalPlan node, boolean aggregated) {
    if (node instanceof Project
        || node instanceof Filter
        || node instanceof SubqueryAlias
        || node instanceof ResolvedHint
        || node instanceof Aggregate
        || node instanceof LocalRelation
        || aggregated && (node instanceof Expand || node instanceof Generate)) {
      return node;
    }
    if (node instanceof Sort) {
      throw refuse(
          node,
          "ORDER BY",
          "no order, as the rows of a view are kept by key",
          "drop it, and order what you query");
    }
    if (node instanceof GlobalLimit || node instanceof LocalLimit || node instanceof Offset) {
      throw refuse(node, "LIMIT or OFFSET", "all rows", "drop it, and limit what you query");
    }
    if (node instanceof Join || node instanceof LateralJoin) {
      throw refuse(
          node,
          "a join",
          "source " + source + " alone",
          "put what the view needs into the source's records, or use LATERAL VIEW to explode");
    }
    if (node instanceof UnionBase || node instanceof SetOperation) {
      throw refuse(
          node,
          "a set operation (UNION, INTERSECT or EXCEPT)",
          "one SELECT over source " + source,
          "write one view per SELECT, or one SELECT with OR or GROUPING SETS");
    }
    if (node instanceof Distinct || node instanceof Deduplicate) {
      throw refuse(
          node, "SELECT DISTINCT", "GROUP BY", "group by the columns that shall be distinct");
    }
    if (node instanceof OneRowRelation) {
      throw refuse(node, "no source", "FROM " + source, "name the source in FROM");
    }
    if (node instanceof Sample) {
      throw refuse(
          node,
          "TABLESAMPLE",
          "every record",
          "filter by a hash, such as WHERE pmod(xxhash64(id), 100) < 5");
    }
    if (node instanceof Generate) {
      throw refuse(
          node,
          "a generator over aggregates",
          "generators below the aggregation",
          "explode in a sub-select, then aggregate");
    }
    throw refuse(
        node,
        "the plan step " + node.nodeName(),
        "filters, projections, generators and one aggregation",
        "write the view without it");
  }

  private void checkExpressions(LogicalPlan node) {
    for (Expression expression : CollectionConverters.asJava(node.expressions())) {
      expressions.check(expression);
    }
  }

  private MillraceException nested(Aggregate inner) {
    return refuse(
        inner,
        "an aggregation of an aggregation",
        "one aggregation",
        "keep the inner one as the view, and aggregate what you query");
  }

  private MillraceException refuse(TreeNode<?> at, String found, String expected, String instead) {
    return Origins.error(ErrorCode.NOT_SUPPORTED, view, at, found, expected, instead);
  }
}
