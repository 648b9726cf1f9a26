package io.millrace.view.internal.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.bound.Bounds;
import io.millrace.view.internal.operate.RollUpStep;
import io.millrace.view.internal.operate.ScanStep;
import io.millrace.view.internal.operate.Step;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import io.millrace.view.internal.tree.Substitution;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.optimizer.NormalizeFloatingNumbers$;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/**
 * Plans the merging of a view's states into coarser groups. What has no meaning there is refused: a
 * condition on finished values, a measure that is made of group columns too, and groups that a
 * record can belong to several of, which would count it several times.
 */
final class RollUps {
  private final Map<String, Relation> relations;
  private final Scans scans;
  private final List<String> notes;

  RollUps(Map<String, Relation> relations, Scans scans, List<String> notes) {
    this.relations = relations;
    this.scans = scans;
    this.notes = notes;
  }

  /** A view below filters and projections, as what these make of its columns. */
  private static final class Below {
    private LogicalPlan leaf;
    private final List<Expression> conditions = new ArrayList<>();
    private Substitution columns = new Substitution();

    Expression of(Expression expression) {
      return columns.applied(expression).orElseThrow(RollUps::tooLarge);
    }
  }

  private static MillraceException tooLarge() {
    return new MillraceException(
        ErrorCode.QUERY_LIMIT,
        "cannot answer: found an expression that is too large once sub-selects and measures are"
            + " put together, expected a smaller one; use each column once");
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
    Below below = below(input);
    Relation view =
        Relation.of(below.leaf)
            .map(name -> relations.get(QueryText.folded(name)))
            .orElseThrow(
                () ->
                    QueryErrors.unsupported(
                        functions.get(0),
                        QueryErrors.text(functions.get(0)) + " over a " + below.leaf.nodeName(),
                        "a measure of a view, with WHERE and columns between at most",
                        "write MEASURE in the innermost SELECT, and aggregate its rows with sum,"
                            + " max, …"));
    Substitution groups = Scans.groupColumns(view, below.leaf);
    List<Scans.Wanted> wanted = new ArrayList<>();
    below.conditions.forEach(condition -> wanted.add(onGroups(groups, condition)));
    conditions.forEach(condition -> wanted.add(onGroups(groups, below.of(condition))));
    List<Expression> keys = new ArrayList<>();
    List<Attribute> finished = new ArrayList<>();
    List<Expression> written = Planner.written(grouping, input);
    for (int i = 0; i < grouping.size(); i++) {
      NamedExpression key = grouping.get(i);
      Expression value = unaliased((Expression) key);
      Expression ofLeaf = below.of(value);
      if (!groups.covers(ofLeaf)) {
        throw QueryErrors.unsupported(
            written.get(i),
            "grouping by "
                + QueryErrors.text(written.get(i))
                + ", which is not of group columns alone",
            "expressions of the view's group columns beside MEASURE",
            "group a sub-select by it, and aggregate with sum, max, …");
      }
      keys.add(NormalizeFloatingNumbers$.MODULE$.normalize(groups.applied(ofLeaf).orElseThrow()));
      finished.add(key.toAttribute());
    }
    new Membership(view).check(keys, functions.get(0));
    view.plan().aggregates().forEach(aggregate -> finished.add(aggregate.resultAttribute()));
    Substitution measures = new Substitution();
    for (AggregateExpression function : functions) {
      measures.put(function.resultAttribute().exprId(), measure(view, below, function));
    }
    List<NamedExpression> columns = new ArrayList<>();
    List<Attribute> output = new ArrayList<>();
    for (NamedExpression result : results) {
      columns.add(
          Exprs.named(
              measures.applied((Expression) result).orElseThrow(RollUps::tooLarge), result));
      output.add(result.toAttribute());
    }
    if (!view.plan().having().isEmpty()) {
      notes.add(
          "view "
              + view.name()
              + " has HAVING; MEASURE is of all its groups, also of those that HAVING leaves out");
    }
    ScanStep scan = scans.groups(view, Scala.list(below.leaf.output()), wanted);
    return new RollUpStep(
        scan, keys, finished, Bounds.row(columns), output, text(written, functions));
  }

  private static String text(List<Expression> grouping, List<AggregateExpression> functions) {
    return "states merged "
        + (grouping.isEmpty() ? "into one" : "by " + Scans.sql(grouping))
        + ", finished to "
        + Scans.sql(Exprs.ofAggregates(functions));
  }

  private static Below below(LogicalPlan input) {
    List<LogicalPlan> between = new ArrayList<>();
    LogicalPlan node = input;
    while (node instanceof Filter || node instanceof Project) {
      between.add(node);
      node = node.children().head();
    }
    Below below = new Below();
    below.leaf = node;
    for (int i = between.size() - 1; i >= 0; i--) {
      if (between.get(i) instanceof Filter filter) {
        conjuncts(below.of(filter.condition()), below.conditions);
      } else {
        Substitution next = new Substitution();
        for (NamedExpression column :
            Scala.<NamedExpression>list(((Project) between.get(i)).projectList())) {
          next.put(column.exprId(), below.of(unaliased((Expression) column)));
        }
        below.columns = next;
      }
    }
    return below;
  }

  private static void conjuncts(Expression condition, List<Expression> into) {
    if (condition instanceof And and) {
      conjuncts(and.left(), into);
      conjuncts(and.right(), into);
    } else {
      into.add(condition);
    }
  }

  private static Expression unaliased(Expression expression) {
    return expression instanceof org.apache.spark.sql.catalyst.expressions.Alias alias
        ? alias.child()
        : expression;
  }

  private static Scans.Wanted onGroups(Substitution groups, Expression condition) {
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
    return new Scans.Wanted(condition, groups.applied(condition).orElseThrow());
  }

  /** What a measure of coarser groups is, over their finished aggregates. */
  private static Expression measure(Relation view, Below below, AggregateExpression function) {
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
    Expression column = below.of(measure.column());
    List<Attribute> output = Scala.list(below.leaf.output());
    for (int i = 0; i < output.size(); i++) {
      if (column instanceof AttributeReference attribute
          && attribute.exprId().equals(output.get(i).exprId())) {
        if (view.measure(i)) {
          return view.value(i);
        }
        throw QueryErrors.unsupported(
            function,
            QueryErrors.text(function)
                + (view.groupValue(i).isPresent()
                    ? ", which is a group column"
                    : ", which is made of group columns too"),
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

  private static List<String> measures(Relation view) {
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
