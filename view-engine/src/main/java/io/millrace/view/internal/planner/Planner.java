package io.millrace.view.internal.planner;

import io.millrace.view.internal.analyze.Aggregates;
import io.millrace.view.internal.bound.Bounds;
import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.operate.AggregateStep;
import io.millrace.view.internal.operate.LimitStep;
import io.millrace.view.internal.operate.ProjectStep;
import io.millrace.view.internal.operate.Step;
import io.millrace.view.internal.operate.TopStep;
import io.millrace.view.internal.operate.UnionStep;
import io.millrace.view.internal.operate.ValuesStep;
import io.millrace.view.internal.query.LookupRelation;
import io.millrace.view.internal.query.Measure;
import io.millrace.view.internal.query.QueryErrors;
import io.millrace.view.internal.query.QueryText;
import io.millrace.view.internal.query.Relation;
import io.millrace.view.internal.query.ViewRelation;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import io.millrace.view.internal.tree.Substitution;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.optimizer.NormalizeFloatingNumbers$;
import org.apache.spark.sql.catalyst.planning.PhysicalAggregation;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Distinct;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Offset;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.catalyst.plans.logical.Window;
import org.apache.spark.sql.types.StringType;
import scala.Tuple4;
import scala.collection.immutable.Seq;

/**
 * An analysed question to steps. Conditions go down as far as they can, to the keys of the views;
 * how many rows are wanted goes down to where an order is made, so that no more are kept.
 */
final class Planner {
  /** All rows, in whatever order. */
  private static final long ALL = Long.MAX_VALUE;

  /** All rows, but which come first decides what is made of them. */
  private static final long ALL_IN_ORDER = ALL - 1;

  /** What Spark calls a grouping expression that it makes a column of. */
  private static final String GROUPED = "_groupingexpression";

  private final Map<String, Relation> relations;
  private final Scans scans;
  private final Joins joins;
  private final RollUps rollUps;

  /**
   * @param relations by name in lower case
   */
  Planner(Map<String, Relation> relations, Scans scans, List<String> notes) {
    this.relations = relations;
    this.scans = scans;
    this.joins = new Joins(this::all, new Uniqueness(relations));
    this.rollUps = new RollUps(new StateRows(relations, scans, joins), notes);
  }

  /**
   * @param most how many rows the answer may have
   */
  Step plan(LogicalPlan plan, long most) {
    Step all = plan(plan, List.of(), most);
    return new LimitStep(all, 0, most, "the answer's own limit");
  }

  /** All rows that meet conditions, in whatever order. */
  private Step all(LogicalPlan plan, List<Expression> conditions) {
    return plan(plan, conditions, ALL);
  }

  /**
   * @param conditions on the rows, over the plan's output
   * @param most how many of these rows are wanted
   */
  private Step plan(LogicalPlan plan, List<Expression> conditions, long most) {
    if (plan instanceof Filter filter) {
      List<Expression> all = new ArrayList<>(conditions);
      all.addAll(Conditions.of(filter.condition()));
      return plan(filter.child(), all, most);
    }
    if (plan instanceof Project project) {
      return project(project, conditions, most);
    }
    if (plan instanceof Aggregate aggregate) {
      return aggregate(aggregate, conditions);
    }
    if (plan instanceof Distinct distinct) {
      return distinct(distinct, conditions);
    }
    if (plan instanceof Sort sort) {
      return sort(sort, conditions, most);
    }
    if (plan instanceof GlobalLimit limit) {
      long rows = number(limit.limitExpr());
      long wanted = conditions.isEmpty() ? Math.min(rows, most) : rows;
      // What each partition of a cluster is limited to says no more.
      LogicalPlan child = limit.child() instanceof LocalLimit local ? local.child() : limit.child();
      Step limited = new LimitStep(plan(child, List.of(), wanted), 0, rows, "the first " + rows);
      return Scans.filter(limited, conditions);
    }
    if (plan instanceof Offset offset) {
      long rows = number(offset.offsetExpr());
      // Which rows it leaves out follows from their order, whatever is wanted of the others.
      long wanted = conditions.isEmpty() && most < ALL_IN_ORDER - rows ? most + rows : ALL_IN_ORDER;
      return Scans.filter(
          new LimitStep(plan(offset.child(), List.of(), wanted), rows, ALL, "all but " + rows),
          conditions);
    }
    if (plan instanceof Union union) {
      return union(union, conditions, most);
    }
    if (plan instanceof Window window) {
      return Windows.rows(window, conditions, this::all);
    }
    if (plan instanceof Join join) {
      return joins.rows(join, conditions);
    }
    return leaf(plan, conditions);
  }

  private Step leaf(LogicalPlan plan, List<Expression> conditions) {
    Optional<String> name = Relation.of(plan);
    if (name.isPresent()) {
      Relation relation = relations.get(QueryText.folded(name.get()));
      if (relation instanceof ViewRelation view) {
        return scans.rows(view, plan, conditions);
      }
      if (relation instanceof LookupRelation lookup) {
        return scans.rows(lookup, plan, conditions);
      }
      throw new IllegalStateException("no step reads relation " + relation.name());
    }
    if (plan instanceof LocalRelation values) {
      return Scans.filter(
          new ValuesStep(Scala.list(values.data()), Scala.list(values.output())), conditions);
    }
    if (plan instanceof OneRowRelation) {
      return Scans.filter(new ValuesStep(List.of(InternalRow.empty()), List.of()), conditions);
    }
    if (plan instanceof Expand) {
      throw QueryErrors.unsupported(
          plan,
          "GROUPING SETS, ROLLUP, CUBE or sliding windows",
          "each row in one group",
          "write one SELECT per grouping, with UNION ALL");
    }
    throw QueryErrors.unsupported(
        plan,
        "the plan step " + plan.nodeName(),
        "SELECT with WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, UNION ALL over views",
        "write the question without it");
  }

  private Step project(Project project, List<Expression> conditions, long most) {
    List<NamedExpression> columns = Scala.list(project.projectList());
    Substitution values = Substitution.of(columns);
    List<Expression> below = new ArrayList<>();
    List<Expression> above = new ArrayList<>();
    for (Expression condition : conditions) {
      values.applied(condition).ifPresentOrElse(below::add, () -> above.add(condition));
    }
    Step input = plan(project.child(), below, above.isEmpty() ? most : all(most));
    return Scans.filter(
        new ProjectStep(input, Bounds.row(columns), "columns " + Scans.sql(Exprs.of(columns))),
        above);
  }

  private Step sort(Sort sort, List<Expression> conditions, long most) {
    Step input = plan(sort.child(), conditions, ALL);
    if (most == ALL) {
      // The order of a sub-select is not that of what is made of it.
      return input;
    }
    List<SortOrder> orders = Scala.list(sort.order());
    if (KeyOrder.of(input, orders)) {
      return new LimitStep(
          input, 0, most, "by " + Scans.sql(orders) + ", the order in which they are read");
    }
    return new TopStep(
        input,
        orders,
        most,
        (most == ALL_IN_ORDER ? "all rows by " : "the first %d by ".formatted(most))
            + Scans.sql(orders));
  }

  /** All rows where not all of them may be wanted: in order, if {@code most} are. */
  private static long all(long most) {
    return most == ALL ? ALL : ALL_IN_ORDER;
  }

  private Step union(Union union, List<Expression> conditions, long most) {
    List<Attribute> output = Scala.list(union.output());
    List<Step> inputs = new ArrayList<>();
    for (LogicalPlan child : Scala.<LogicalPlan>list(union.children())) {
      Substitution columns = new Substitution();
      List<Attribute> own = Scala.list(child.output());
      for (int i = 0; i < output.size(); i++) {
        columns.put(output.get(i).exprId(), (Expression) own.get(i));
      }
      // A column for a column: nothing grows.
      inputs.add(
          plan(
              child,
              conditions.stream().map(c -> columns.applied(c).orElseThrow()).toList(),
              most));
    }
    return new UnionStep(inputs, output);
  }

  private Step distinct(Distinct distinct, List<Expression> conditions) {
    Step input = plan(distinct.child(), conditions, ALL);
    List<Attribute> columns = input.output();
    columns.forEach(column -> checkGrouping((Expression) column));
    List<Expression> keys = new ArrayList<>();
    for (Attribute column : columns) {
      keys.add(NormalizeFloatingNumbers$.MODULE$.normalize((Expression) column));
    }
    return new AggregateStep(
        input, keys, List.of(), columns, List.copyOf(columns), "distinct rows");
  }

  private Step aggregate(Aggregate aggregate, List<Expression> conditions) {
    Tuple4<Seq<NamedExpression>, Seq<AggregateExpression>, Seq<NamedExpression>, LogicalPlan>
        parts =
            PhysicalAggregation.unapply(aggregate)
                .getOrElse(
                    () -> {
                      throw QueryErrors.unsupported(
                          aggregate,
                          "an aggregate that is not Spark's own",
                          "Spark's aggregates",
                          "use one of those");
                    });
    List<NamedExpression> grouping = Scala.list(parts._1());
    List<AggregateExpression> functions = Scala.list(parts._2());
    List<NamedExpression> results = Scala.list(parts._3());
    List<Expression> written = written(grouping, aggregate.child());
    written.forEach(Planner::checkGrouping);
    Substitution groups = groupValues(grouping, results);
    List<Expression> below = new ArrayList<>();
    List<Expression> above = new ArrayList<>();
    for (Expression condition : conditions) {
      Optional<Expression> pushed =
          !grouping.isEmpty() && groups.covers(condition)
              ? groups.applied(condition)
              : Optional.empty();
      pushed.ifPresentOrElse(below::add, () -> above.add(condition));
    }
    if (functions.stream().anyMatch(f -> f.aggregateFunction() instanceof Measure)) {
      return Scans.filter(
          rollUps.plan(aggregate.child(), grouping, functions, results, below), above);
    }
    functions.forEach(Planner::checkFunction);
    List<Expression> keys = new ArrayList<>();
    List<Attribute> finished = new ArrayList<>();
    for (NamedExpression key : grouping) {
      keys.add(NormalizeFloatingNumbers$.MODULE$.normalize((Expression) key));
      finished.add(key.toAttribute());
    }
    functions.forEach(function -> finished.add(function.resultAttribute()));
    return Scans.filter(
        new AggregateStep(
            plan(aggregate.child(), below, ALL),
            keys,
            functions,
            finished,
            Bounds.row(results),
            (keys.isEmpty() ? "all rows" : "rows grouped by " + Scans.sql(written))
                + (functions.isEmpty()
                    ? ""
                    : ", aggregated to " + Scans.sql(Exprs.ofAggregates(functions)))),
        above);
  }

  /** What is grouped by, as it was before it became a column. */
  static List<Expression> written(List<NamedExpression> grouping, LogicalPlan input) {
    Substitution made = new Substitution();
    if (input instanceof Project project) {
      for (NamedExpression column : Scala.<NamedExpression>list(project.projectList())) {
        if (column instanceof Alias alias && alias.name().equals(GROUPED)) {
          made.put(alias.exprId(), alias.child());
        }
      }
    }
    return grouping.stream()
        .map(key -> key instanceof Alias alias ? alias.child() : (Expression) key)
        .map(value -> made.applied(value).orElse(value))
        .toList();
  }

  /** The result columns that are grouping expressions, as what these are of the input. */
  private static Substitution groupValues(
      List<NamedExpression> grouping, List<NamedExpression> results) {
    Substitution keys = new Substitution();
    for (NamedExpression key : grouping) {
      Expression value = key instanceof Alias alias ? alias.child() : (Expression) key;
      keys.put(key.exprId(), value);
    }
    Substitution columns = new Substitution();
    for (NamedExpression result : results) {
      Expression value = result instanceof Alias alias ? alias.child() : (Expression) result;
      if (!(value instanceof AttributeReference) && Exprs.attributes(value).isEmpty()) {
        continue;
      }
      if (keys.covers(value)) {
        keys.applied(value).ifPresent(of -> columns.put(result.exprId(), of));
      }
    }
    return columns;
  }

  private static void checkFunction(AggregateExpression function) {
    Aggregates.Verdict verdict = Aggregates.verdict(function);
    if (verdict.refused()) {
      throw QueryErrors.unsupported(
          function,
          QueryErrors.text(function) + ", " + verdict.reason(),
          "an aggregate whose value is the same in any order of rows",
          function.isDistinct()
              ? "aggregate a sub-select: SELECT count(*) FROM (SELECT DISTINCT …)"
              : verdict.instead());
    }
  }

  /** Groups are told apart by their bytes. */
  static void checkGrouping(Expression value) {
    if (!KeyCodec.supports(value.dataType())) {
      throw QueryErrors.unsupported(
          value,
          "grouping by " + QueryErrors.text(value) + " of type " + value.dataType().sql(),
          "a type whose values are equal only if their bytes are",
          value.dataType() instanceof StringType
              ? "group by lower(…) COLLATE UTF8_BINARY"
              : "group by to_json(…), or by one of its parts");
    }
  }

  private static long number(Expression limit) {
    return ((Number) limit.eval(InternalRow.empty())).longValue();
  }
}
