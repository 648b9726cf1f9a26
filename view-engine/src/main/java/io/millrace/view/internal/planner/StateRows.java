package io.millrace.view.internal.planner;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.operate.KeyStep;
import io.millrace.view.internal.operate.ScanStep;
import io.millrace.view.internal.operate.Step;
import io.millrace.view.internal.query.LookupRelation;
import io.millrace.view.internal.query.QueryErrors;
import io.millrace.view.internal.query.QueryText;
import io.millrace.view.internal.query.Relation;
import io.millrace.view.internal.query.ViewRelation;
import io.millrace.view.internal.tree.Scala;
import io.millrace.view.internal.tree.Substitution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/**
 * The groups whose states are merged: those of one view, below conditions, columns, and joins that
 * make no two rows of a group.
 */
final class StateRows {
  private final Map<String, Relation> relations;
  private final Scans scans;
  private final Joins joins;

  /**
   * @param relations by name in lower case
   */
  StateRows(Map<String, Relation> relations, Scans scans, Joins joins) {
    this.relations = relations;
    this.scans = scans;
    this.joins = joins;
  }

  /**
   * @param view whose states they are
   * @param scan of its groups
   * @param rows the keys of groups, with the columns of what they are joined with
   * @param columns columns of the plan that have a value before states are merged, over {@code
   *     rows}
   * @param made columns of the plan that are columns of the view, by their place there
   */
  record Planned(
      ViewRelation view,
      ScanStep scan,
      Step rows,
      Substitution columns,
      Map<ExprId, Integer> made) {}

  /**
   * @param conditions on the plan's output
   * @param measured the columns of which there are measures
   * @param at a measure, for messages
   */
  Planned plan(LogicalPlan plan, List<Expression> conditions, Set<ExprId> measured, Expression at) {
    if (plan instanceof Filter filter) {
      List<Expression> all = new ArrayList<>(conditions);
      all.addAll(Conditions.of(filter.condition()));
      return plan(filter.child(), all, measured, at);
    }
    if (plan instanceof Project project) {
      return project(project, conditions, measured, at);
    }
    if (plan instanceof Join join) {
      return join(join, conditions, measured, at);
    }
    return leaf(plan, conditions, at);
  }

  private Planned leaf(LogicalPlan plan, List<Expression> conditions, Expression at) {
    Relation relation =
        Relation.of(plan).map(name -> relations.get(QueryText.folded(name))).orElse(null);
    if (relation instanceof LookupRelation lookup) {
      throw QueryErrors.unsupported(
          at,
          QueryErrors.text(at) + " of lookup " + lookup.name() + ", whose rows have no states",
          "a measure of a view",
          "aggregate its rows with sum, max, …");
    }
    if (!(relation instanceof ViewRelation view)) {
      throw QueryErrors.unsupported(
          at,
          QueryErrors.text(at) + " over a " + plan.nodeName(),
          "a measure of a view, with WHERE, columns and joins between at most",
          "write MEASURE in the innermost SELECT, and aggregate its rows with sum, max, …");
    }
    Substitution groups = Scans.groupColumns(view, plan);
    List<Scans.Wanted> wanted = new ArrayList<>();
    for (Expression condition : conditions) {
      wanted.add(new Scans.Wanted(condition, onGroups(groups, condition)));
    }
    Map<ExprId, Integer> made = new HashMap<>();
    List<Attribute> output = Scala.list(plan.output());
    for (int i = 0; i < output.size(); i++) {
      made.put(output.get(i).exprId(), i);
    }
    ScanStep scan = scans.groups(view, output, wanted);
    return new Planned(view, scan, new KeyStep(scan), groups, made);
  }

  private static Expression onGroups(Substitution groups, Expression condition) {
    if (!groups.covers(condition)) {
      throw QueryErrors.unsupported(
          condition,
          "WHERE "
              + QueryErrors.text(condition)
              + " beside MEASURE, which is not of group columns"
              + " alone",
          "conditions on group columns: a measure has no value before its states are merged",
          "write HAVING MEASURE(…) for coarser groups, or filter a sub-select and aggregate its"
              + " rows");
    }
    return applied(groups, condition);
  }

  static Expression applied(Substitution columns, Expression expression) {
    return columns
        .applied(expression)
        .orElseThrow(
            () ->
                new MillraceException(
                    ErrorCode.QUERY_LIMIT,
                    "cannot answer: found an expression that is too large once sub-selects and"
                        + " measures are put together, expected a smaller one; use each column"
                        + " once"));
  }

  private Planned project(
      Project project, List<Expression> conditions, Set<ExprId> measured, Expression at) {
    List<NamedExpression> list = Scala.list(project.projectList());
    Substitution values = Substitution.of(list);
    Set<ExprId> below = new HashSet<>();
    for (NamedExpression column : list) {
      if (measured.contains(column.exprId())) {
        below.addAll(Conditions.reads((Expression) column));
      }
    }
    Planned input =
        plan(
            project.child(),
            conditions.stream().map(condition -> applied(values, condition)).toList(),
            below,
            at);
    Substitution columns = new Substitution();
    Map<ExprId, Integer> made = new HashMap<>();
    for (NamedExpression column : list) {
      Expression value = column instanceof Alias alias ? alias.child() : (Expression) column;
      if (input.columns().covers(value)) {
        columns.put(column.exprId(), applied(input.columns(), value));
      }
      if (value instanceof AttributeReference attribute
          && input.made().containsKey(attribute.exprId())) {
        made.put(column.exprId(), input.made().get(attribute.exprId()));
      }
    }
    return new Planned(input.view(), input.scan(), input.rows(), columns, made);
  }

  private Planned join(
      Join join, List<Expression> conditions, Set<ExprId> measured, Expression at) {
    Set<ExprId> leftIds = Conditions.ids(Scala.list(join.left().output()));
    boolean left = leftIds.containsAll(measured);
    if (!left && measured.stream().anyMatch(leftIds::contains)) {
      throw QueryErrors.unsupported(
          at,
          QueryErrors.text(at) + " beside MEASURE of another side of the join",
          "measures of one view beside each other",
          "roll up each view in a sub-select of its own, and join these");
    }
    JoinParts parts = JoinParts.of(join, conditions);
    Planned input =
        plan(left ? join.left() : join.right(), left ? parts.left() : parts.right(), measured, at);
    checkOnes(join, parts, left, at);
    Step other = joins.other(join, parts, left);
    Substitution columns = new Substitution();
    List<Attribute> own = Scala.list(left ? join.left().output() : join.right().output());
    for (Attribute column : own) {
      if (input.columns().covers((Expression) column)) {
        columns.put(column.exprId(), applied(input.columns(), (Expression) column));
      }
    }
    List<Attribute> output = new ArrayList<>(input.rows().output());
    for (Attribute column : other.output()) {
      Attribute made = parts.type().inner() ? column : column.withNullability(true);
      columns.put(column.exprId(), (Expression) made);
      if (!parts.type().filters()) {
        output.add(made);
      }
    }
    Step rows =
        Joins.step(parts, input.rows(), other, left, e -> onGroups(columns, e), output, true);
    return new Planned(
        input.view(),
        input.scan(),
        Scans.filter(rows, parts.above().stream().map(e -> onGroups(columns, e)).toList()),
        columns,
        input.made());
  }

  /** A state that is there several times would be merged several times. */
  private void checkOnes(Join join, JoinParts parts, boolean left, Expression at) {
    JoinParts.Type type = parts.type();
    boolean kept =
        type.inner()
            || (left
                ? type != JoinParts.Type.RIGHT_OUTER && type != JoinParts.Type.FULL_OUTER
                : type == JoinParts.Type.RIGHT_OUTER);
    if (!kept) {
      throw QueryErrors.unsupported(
          at,
          QueryErrors.text(at) + " over the side of an outer join that may be missing",
          "the view of the measure on the side whose rows are all kept",
          "turn the sides of the join round, or roll the view up in a sub-select and join that");
    }
    if (!type.filters()
        && !joins.uniqueness().one(left ? join.right() : join.left(), parts, !left)) {
      throw QueryErrors.unsupported(
          at,
          QueryErrors.text(at)
              + " over a join by "
              + Scans.written(parts.equalities().stream().map(JoinParts.Equality::asked).toList())
              + ", where a group may meet several rows and would be counted several times",
          "a join by all that tells the rows of the other side apart: every group column of a view,"
              + " or what a sub-select groups by",
          "join with a sub-select that is grouped by what it is joined by, or roll the view up in a"
              + " sub-select and join that");
    }
  }
}
