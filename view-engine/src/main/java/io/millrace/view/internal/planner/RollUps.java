package io.millrace.view.internal.planner;

import io.millrace.view.internal.bound.Bounds;
import io.millrace.view.internal.operate.RollUpStep;
import io.millrace.view.internal.operate.Step;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.query.Measure;
import io.millrace.view.internal.query.QueryErrors;
import io.millrace.view.internal.query.ViewRelation;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Substitution;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.optimizer.NormalizeFloatingNumbers$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * Plans the merging of a view's states into coarser groups. What has no meaning there is refused: a
 * condition on finished values, a measure that is made of group columns too, and groups that a
 * record can belong to several of, which would count it several times.
 */
final class RollUps {
  private final StateRows stateRows;
  private final List<String> notes;

  RollUps(StateRows stateRows, List<String> notes) {
    this.stateRows = stateRows;
    this.notes = notes;
  }

  /**
   * @param conditions on the input
   */
  Step plan(
      LogicalPlan input,
      List<NamedExpression> grouping,
      List<AggregateExpression> functions,
      List<NamedExpression> results,
      List<Expression> conditions) {
    StateRows.Planned states =
        stateRows.plan(input, conditions, measured(functions), functions.get(0));
    ViewRelation view = states.view();
    List<Expression> keys = new ArrayList<>();
    List<Attribute> finished = new ArrayList<>();
    List<Expression> written = Planner.written(grouping, input);
    for (int i = 0; i < grouping.size(); i++) {
      NamedExpression key = grouping.get(i);
      Expression value = key instanceof Alias alias ? alias.child() : (Expression) key;
      if (!states.columns().covers(value)) {
        throw QueryErrors.unsupported(
            written.get(i),
            "grouping by "
                + QueryErrors.text(written.get(i))
                + ", which is not of group columns alone",
            "expressions of the view's group columns beside MEASURE",
            "group a sub-select by it, and aggregate with sum, max, …");
      }
      keys.add(
          NormalizeFloatingNumbers$.MODULE$.normalize(StateRows.applied(states.columns(), value)));
      finished.add(key.toAttribute());
    }
    new Membership(view).check(keys, functions.get(0));
    view.plan().aggregates().forEach(aggregate -> finished.add(aggregate.resultAttribute()));
    Substitution measures = new Substitution();
    for (AggregateExpression function : functions) {
      measures.put(function.resultAttribute().exprId(), measure(states, function));
    }
    List<NamedExpression> columns = new ArrayList<>();
    List<Attribute> output = new ArrayList<>();
    for (NamedExpression result : results) {
      columns.add(Exprs.named(StateRows.applied(measures, (Expression) result), result));
      output.add(result.toAttribute());
    }
    if (!view.plan().having().isEmpty()) {
      notes.add(
          "view "
              + view.name()
              + " has HAVING; MEASURE is of all its groups, also of those that HAVING leaves out");
    }
    return new RollUpStep(
        states.rows(),
        states.scan(),
        keys,
        finished,
        Bounds.row(columns),
        output,
        text(written, functions));
  }

  private static Set<ExprId> measured(List<AggregateExpression> functions) {
    Set<ExprId> columns = new HashSet<>();
    for (AggregateExpression function : functions) {
      if (function.aggregateFunction() instanceof Measure measure) {
        columns.addAll(Conditions.reads(measure.column()));
      }
    }
    return columns;
  }

  private static String text(List<Expression> grouping, List<AggregateExpression> functions) {
    return "states merged "
        + (grouping.isEmpty() ? "into one" : "by " + Scans.sql(grouping))
        + ", finished to "
        + Scans.sql(Exprs.ofAggregates(functions));
  }

  /** What a measure of coarser groups is, over their finished aggregates. */
  private static Expression measure(StateRows.Planned states, AggregateExpression function) {
    ViewRelation view = states.view();
    if (!(function.aggregateFunction() instanceof Measure measure)) {
      throw QueryErrors.unsupported(
          function,
          QueryErrors.text(function) + " beside MEASURE",
          "either, as one is of merged states and the other of finished rows",
          "write MEASURE(…) of a column of the view for it, or ask for it in another SELECT");
    }
    if (function.isDistinct() || function.filter().isDefined()) {
      throw QueryErrors.unsupported(
          function,
          QueryErrors.text(function) + " with DISTINCT or FILTER",
          "MEASURE(column) alone",
          "write the condition in WHERE");
    }
    if (measure.column() instanceof AttributeReference attribute) {
      Integer place = states.made().get(attribute.exprId());
      if (place != null && view.measure(place)) {
        return view.value(place);
      }
      if (place != null || states.columns().covers(attribute)) {
        throw QueryErrors.unsupported(
            function,
            QueryErrors.text(function) + ", which " + what(view, place),
            "one of the measures " + measures(view),
            "name group columns in GROUP BY");
      }
    }
    throw QueryErrors.unsupported(
        function,
        QueryErrors.text(function) + " of an expression",
        "one of the measures " + measures(view),
        "compute with the measure instead: MEASURE(a) / MEASURE(b)");
  }

  private static String what(ViewRelation view, Integer place) {
    if (place == null) {
      return "is no measure of view " + view.name();
    }
    return view.groupValue(place).isPresent()
        ? "is a group column"
        : "is made of group columns too";
  }

  private static List<String> measures(ViewRelation view) {
    ViewPlan plan = view.plan();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < plan.results().size(); i++) {
      if (view.measure(i)) {
        names.add(plan.results().get(i).name());
      }
    }
    return names;
  }
}
