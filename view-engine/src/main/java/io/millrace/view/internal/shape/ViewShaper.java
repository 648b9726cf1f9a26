package io.millrace.view.internal.shape;

import io.millrace.view.internal.analyze.PlanChecks;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.optimizer.NormalizeFloatingNumbers$;
import org.apache.spark.sql.catalyst.planning.PhysicalAggregation;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.util.package$;
import scala.Option;
import scala.Tuple4;
import scala.collection.immutable.Seq;

/** Cuts an analysed plan that {@link PlanChecks} has passed into a {@link ViewPlan}. */
public final class ViewShaper {
  private ViewShaper() {}

  public static ViewPlan shape(LogicalPlan checked) {
    List<LogicalPlan> above = new ArrayList<>();
    LogicalPlan node = InputRules.evaluable(checked);
    while (!(node instanceof Aggregate)) {
      above.add(node);
      node = node.children().head();
    }
    Tuple4<Seq<NamedExpression>, Seq<AggregateExpression>, Seq<NamedExpression>, LogicalPlan>
        parts = PhysicalAggregation.unapply(node).get();
    FinishRules finish = new FinishRules(Scala.list(parts._3()));
    for (int i = above.size() - 1; i >= 0; i--) {
      finish.add(above.get(i));
    }
    return below(Scala.list(parts._1()), Scala.list(parts._2()), parts._4(), finish);
  }

  private static ViewPlan below(
      List<NamedExpression> keys,
      List<AggregateExpression> functions,
      LogicalPlan child,
      FinishRules finish) {
    LogicalPlan input = InputRules.rearrange(InputRules.simplify(child));
    List<NamedExpression> grouping = new ArrayList<>();
    for (NamedExpression key : simplified(keys, input)) {
      Expression normal = NormalizeFloatingNumbers$.MODULE$.normalize((Expression) key);
      grouping.add(renamed(Exprs.named(normal, key), finish.results()));
    }
    List<AggregateExpression> aggregates =
        Magnitudes.complete(simplifiedAggregates(functions, input));
    if (input instanceof Project project) {
      Inlining inlining = new Inlining(project);
      if (inlining.worthIt(Exprs.of(grouping), Exprs.ofAggregates(aggregates))) {
        grouping.replaceAll(g -> Exprs.named(inlining.inlined((Expression) g), g));
        aggregates =
            aggregates.stream().map(a -> (AggregateExpression) inlining.inlined(a)).toList();
        input = project.child();
      }
    }
    List<Expression> readers = new ArrayList<>(Exprs.of(grouping));
    readers.addAll(Exprs.ofAggregates(aggregates));
    input = Pruning.prune(input, readers);
    LocalRelation source = (LocalRelation) input.collectLeaves().head();
    return new ViewPlan(
        source, input, List.copyOf(grouping), aggregates, finish.results(), finish.having());
  }

  private static List<NamedExpression> simplified(List<NamedExpression> list, LogicalPlan input) {
    Project project = (Project) InputRules.simplify(new Project(Scala.seq(list), input));
    return Scala.list(project.projectList());
  }

  private static List<AggregateExpression> simplifiedAggregates(
      List<AggregateExpression> functions, LogicalPlan input) {
    List<NamedExpression> named = new ArrayList<>();
    for (AggregateExpression function : functions) {
      named.add(Exprs.alias(function, "aggregate"));
    }
    Aggregate aggregate =
        (Aggregate)
            InputRules.simplify(
                new Aggregate(Scala.seq(List.of()), Scala.seq(named), input, Option.empty()));
    return Scala.<NamedExpression>list(aggregate.aggregateExpressions()).stream()
        .map(column -> (AggregateExpression) ((Alias) column).child())
        .toList();
  }

  /** Names a group column as the view does where it shows it, else by its SQL. */
  private static NamedExpression renamed(NamedExpression key, List<NamedExpression> results) {
    ExprId id = key.exprId();
    for (NamedExpression result : results) {
      Expression value = result instanceof Alias alias ? alias.child() : (Expression) result;
      if (value instanceof AttributeReference attribute && attribute.exprId().equals(id)) {
        return Exprs.renamed(key, result.name());
      }
    }
    return key instanceof Alias alias
        ? Exprs.renamed(key, package$.MODULE$.toPrettySQL(alias.child(), false))
        : key;
  }
}
