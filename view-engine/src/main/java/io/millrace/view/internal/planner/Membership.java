package io.millrace.view.internal.planner;

import io.millrace.view.internal.query.QueryErrors;
import io.millrace.view.internal.query.ViewRelation;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/**
 * Which group columns put one record into several groups: sliding windows, and the columns of
 * GROUPING SETS. Merging over these counts the record several times, so they have to be kept.
 */
final class Membership {
  private final ViewRelation view;

  Membership(ViewRelation view) {
    this.view = view;
  }

  /**
   * @param keys what the coarser groups are made by, over group columns
   * @param at for the message
   */
  void check(List<Expression> keys, Expression at) {
    Set<ExprId> several = several();
    List<String> lost = new ArrayList<>();
    for (Attribute column : view.plan().groupAttributes()) {
      boolean kept =
          keys.stream()
              .anyMatch(
                  key ->
                      key instanceof AttributeReference attribute
                          && attribute.exprId().equals(column.exprId()));
      if (several.contains(column.exprId()) && !kept) {
        lost.add(column.name());
      }
    }
    if (!lost.isEmpty()) {
      throw QueryErrors.unsupported(
          at,
          QueryErrors.text(at)
              + " over "
              + String.join(", ", lost)
              + ", of which a record has several (sliding windows or GROUPING SETS), so that it"
              + " would be counted several times",
          "these in GROUP BY",
          "add them to GROUP BY, or ask a view without them");
    }
  }

  /** Group columns whose value is not one per record. */
  private Set<ExprId> several() {
    List<LogicalPlan> nodes = new ArrayList<>();
    for (LogicalPlan node = view.plan().input(); ; node = node.children().head()) {
      nodes.add(node);
      if (node.children().isEmpty()) {
        break;
      }
    }
    Collections.reverse(nodes);
    Set<ExprId> several = new HashSet<>();
    for (LogicalPlan node : nodes) {
      if (node instanceof Expand expand) {
        Set<ExprId> below = new HashSet<>();
        Scala.<Attribute>list(expand.child().output()).forEach(a -> below.add(a.exprId()));
        for (Attribute made : Scala.<Attribute>list(expand.output())) {
          if (!below.contains(made.exprId())) {
            several.add(made.exprId());
          }
        }
      } else if (node instanceof Project project) {
        add(Scala.list(project.projectList()), several);
      }
    }
    add(view.plan().grouping(), several);
    return several;
  }

  private static void add(List<NamedExpression> columns, Set<ExprId> several) {
    for (NamedExpression column : columns) {
      if (Exprs.attributes((Expression) column).stream()
          .anyMatch(attribute -> several.contains(attribute.exprId()))) {
        several.add(column.exprId());
      }
    }
  }
}
