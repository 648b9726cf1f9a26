package io.millrace.view.internal.shape;

import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.AttributeSet$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import scala.collection.immutable.Seq;

/** Drops computed columns that nothing above reads, without adding nodes. */
final class Pruning {
  private Pruning() {}

  /**
   * @param readers the expressions over {@code plan}'s output
   */
  static LogicalPlan prune(LogicalPlan plan, List<Expression> readers) {
    return prune(plan, AttributeSet$.MODULE$.apply(Scala.<Expression>seq(readers)));
  }

  private static LogicalPlan prune(LogicalPlan node, AttributeSet needed) {
    if (node.children().isEmpty()) {
      return node;
    }
    LogicalPlan trimmed = trimmed(node, needed);
    LogicalPlan child = trimmed.children().head();
    AttributeSet below =
        trimmed instanceof Project || trimmed instanceof Expand
            ? trimmed.references()
            : needed.$plus$plus(trimmed.references());
    return trimmed.withNewChildren(Scala.seq(List.of(prune(child, below))));
  }

  private static LogicalPlan trimmed(LogicalPlan node, AttributeSet needed) {
    if (node instanceof Project project) {
      List<NamedExpression> kept =
          Scala.<NamedExpression>list(project.projectList()).stream()
              .filter(column -> needed.contains(column))
              .toList();
      return new Project(Scala.seq(kept), project.child());
    }
    if (node instanceof Expand expand) {
      List<Attribute> output = Scala.list(expand.output());
      int[] kept =
          IntStream.range(0, output.size()).filter(i -> needed.contains(output.get(i))).toArray();
      List<Seq<Expression>> projections = new ArrayList<>();
      for (Seq<Expression> projection : Scala.list(expand.projections())) {
        List<Expression> list = new ArrayList<>();
        for (int i : kept) {
          list.add(projection.apply(i));
        }
        projections.add(Scala.seq(list));
      }
      List<Attribute> columns = IntStream.of(kept).mapToObj(output::get).toList();
      return new Expand(Scala.seq(projections), Scala.seq(columns), expand.child());
    }
    return node;
  }
}
