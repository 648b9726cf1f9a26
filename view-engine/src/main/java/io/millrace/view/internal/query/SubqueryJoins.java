package io.millrace.view.internal.query;

import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedSubqueryColumnAliases;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.In;
import org.apache.spark.sql.catalyst.expressions.InSubquery;
import org.apache.spark.sql.catalyst.plans.LeftSemi$;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.JoinHint;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias$;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.catalyst.trees.CurrentOrigin;
import scala.Option;
import scala.Tuple3;
import scala.jdk.javaapi.CollectionConverters;

/**
 * {@code WHERE … AND x IN (SELECT …)} as the semi join that it is, before anything is resolved: a
 * row is kept if something of the sub-select equals {@code x}. What else stands in an expression of
 * its own SELECT stays there, to be refused. For one question.
 */
final class SubqueryJoins {
  private int made;

  LogicalPlan joined(LogicalPlan plan) {
    if (plan instanceof UnresolvedWith with) {
      List<Tuple3<String, SubqueryAlias, Option<Object>>> parts = new ArrayList<>();
      for (Tuple3<String, SubqueryAlias, Option<Object>> part :
          CollectionConverters.asJava(with.cteRelations())) {
        parts.add(new Tuple3<>(part._1(), (SubqueryAlias) joined(part._2()), part._3()));
      }
      return new UnresolvedWith(joined(with.child()), Scala.seq(parts), with.allowRecursion());
    }
    List<LogicalPlan> children = Scala.list(plan.children());
    if (children.isEmpty()) {
      return plan;
    }
    List<LogicalPlan> next = children.stream().map(this::joined).toList();
    LogicalPlan own = next.equals(children) ? plan : plan.withNewChildren(Scala.seq(next));
    return own instanceof Filter filter ? joined(filter) : own;
  }

  private LogicalPlan joined(Filter filter) {
    List<Expression> conditions = new ArrayList<>();
    List<InSubquery> subqueries = new ArrayList<>();
    split(filter.condition(), conditions, subqueries);
    if (subqueries.isEmpty()) {
      return filter;
    }
    LogicalPlan rows =
        conditions.stream()
            .reduce(And::new)
            .<LogicalPlan>map(condition -> new Filter(condition, filter.child()))
            .orElse(filter.child());
    for (InSubquery subquery : subqueries) {
      rows = joined(rows, subquery);
    }
    return rows;
  }

  private LogicalPlan joined(LogicalPlan rows, InSubquery subquery) {
    String name = "in_" + ++made;
    List<Expression> values = Scala.list(subquery.values());
    List<String> columns = new ArrayList<>();
    List<Expression> equalities = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      columns.add(name + "_" + (i + 1));
      Expression value = values.get(i);
      UnresolvedAttribute column =
          new UnresolvedAttribute(Scala.seq(List.of(name, columns.get(i))));
      // Types are brought together as those of a list are, which is not how = does it.
      equalities.add(
          CurrentOrigin.withOrigin(
              subquery.origin(), () -> new In(value, Scala.seq(List.of(column)))));
    }
    LogicalPlan query = joined(subquery.query().plan());
    LogicalPlan selected =
        CurrentOrigin.withOrigin(
            subquery.origin(),
            () ->
                SubqueryAlias$.MODULE$.apply(
                    name, new UnresolvedSubqueryColumnAliases(Scala.seq(columns), query)));
    return CurrentOrigin.withOrigin(
        subquery.origin(),
        () ->
            new Join(
                rows,
                selected,
                LeftSemi$.MODULE$,
                Option.apply(equalities.stream().reduce(And::new).orElseThrow()),
                JoinHint.NONE()));
  }

  private static void split(
      Expression condition, List<Expression> conditions, List<InSubquery> subqueries) {
    if (condition instanceof And and) {
      split(and.left(), conditions, subqueries);
      split(and.right(), conditions, subqueries);
    } else if (condition instanceof InSubquery in) {
      subqueries.add(in);
    } else {
      conditions.add(condition);
    }
  }
}
