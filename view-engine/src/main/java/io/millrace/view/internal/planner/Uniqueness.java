package io.millrace.view.internal.planner;

import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.operate.Evaluators;
import io.millrace.view.internal.query.QueryText;
import io.millrace.view.internal.query.Relation;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.optimizer.NormalizeFloatingNumbers$;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Distinct;
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
import org.apache.spark.sql.catalyst.plans.logical.Window;

/**
 * Whether the rows of a part of a question differ in some of its columns, as far as its form and
 * the keys of its relations say. The law: where it says so, no two rows have the same values there.
 */
final class Uniqueness {
  private final Map<String, Relation> relations;

  /**
   * @param relations by name in lower case
   */
  Uniqueness(Map<String, Relation> relations) {
    this.relations = relations;
  }

  /**
   * @param columns of the plan's output
   */
  boolean holds(LogicalPlan plan, Set<ExprId> columns) {
    if (plan instanceof Filter filter) {
      Set<ExprId> more = new HashSet<>(columns);
      fixed(Conditions.of(filter.condition()), more);
      return holds(filter.child(), more);
    }
    if (plan instanceof Sort
        || plan instanceof GlobalLimit
        || plan instanceof LocalLimit
        || plan instanceof Offset
        || plan instanceof Window) {
      return holds(plan.children().head(), columns);
    }
    if (plan instanceof Project project) {
      return holds(project.child(), sources(Scala.list(project.projectList()), columns));
    }
    if (plan instanceof Aggregate aggregate) {
      Set<ExprId> sources = sources(Scala.list(aggregate.aggregateExpressions()), columns);
      return Scala.<Expression>list(aggregate.groupingExpressions()).stream()
          .allMatch(key -> key instanceof AttributeReference a && sources.contains(a.exprId()));
    }
    if (plan instanceof Distinct) {
      return columns.containsAll(Conditions.ids(Scala.list(plan.output())));
    }
    if (plan instanceof Join join) {
      return joined(join, columns);
    }
    Optional<String> relation = Relation.of(plan);
    if (relation.isPresent()) {
      return relations.get(QueryText.folded(relation.get())).unique(places(plan, columns));
    }
    return plan instanceof OneRowRelation
        || plan instanceof LocalRelation values && differ(values, places(plan, columns));
  }

  /** Columns that a condition gives one value to, whatever the others have. */
  static void fixed(List<Expression> conditions, Set<ExprId> into) {
    for (Expression condition : conditions) {
      if (condition instanceof EqualTo equal) {
        if (exact(equal.left()) && equal.right() instanceof Literal) {
          into.add(((AttributeReference) equal.left()).exprId());
        } else if (exact(equal.right()) && equal.left() instanceof Literal) {
          into.add(((AttributeReference) equal.right()).exprId());
        }
      }
    }
  }

  /** A row of the left side stays one row if the right side has one match for it at most. */
  private boolean joined(Join join, Set<ExprId> columns) {
    JoinParts parts = JoinParts.said(join, List.of());
    boolean leftOnes = parts.type().filters() || one(join.right(), parts, false);
    boolean rightKept = parts.type().inner() || parts.type() == JoinParts.Type.LEFT_OUTER;
    return leftOnes && (parts.type().filters() || rightKept) && holds(join.left(), columns);
  }

  /** Whether one side of a join has one row at most for each row of the other. */
  boolean one(LogicalPlan side, JoinParts parts, boolean left) {
    Set<ExprId> columns = new HashSet<>();
    for (JoinParts.Equality equality : parts.equalities()) {
      Expression key = left ? equality.left() : equality.right();
      if (exact(key)) {
        columns.add(((AttributeReference) key).exprId());
      }
    }
    fixed(left ? parts.left() : parts.right(), columns);
    return holds(side, columns);
  }

  /** A column whose values are equal only if they are the same: not in a collation's eyes alone. */
  private static boolean exact(Expression value) {
    return value instanceof AttributeReference && KeyCodec.supports(value.dataType());
  }

  private static Set<ExprId> sources(List<NamedExpression> list, Set<ExprId> columns) {
    Set<ExprId> sources = new HashSet<>();
    for (NamedExpression column : list) {
      Expression value = column instanceof Alias alias ? alias.child() : (Expression) column;
      if (columns.contains(column.exprId()) && value instanceof AttributeReference source) {
        sources.add(source.exprId());
      }
    }
    return sources;
  }

  private static Set<Integer> places(LogicalPlan plan, Set<ExprId> columns) {
    List<Attribute> output = Scala.list(plan.output());
    Set<Integer> places = new HashSet<>();
    for (int i = 0; i < output.size(); i++) {
      if (columns.contains(output.get(i).exprId())) {
        places.add(i);
      }
    }
    return places;
  }

  private static boolean differ(LocalRelation values, Set<Integer> places) {
    List<Attribute> output = Scala.list(values.output());
    List<Expression> columns = new ArrayList<>();
    places.forEach(
        i -> columns.add(NormalizeFloatingNumbers$.MODULE$.normalize((Expression) output.get(i))));
    UnsafeProjection projection = Evaluators.projection(columns, output);
    Set<UnsafeRow> seen = new HashSet<>();
    for (InternalRow row : Scala.<InternalRow>list(values.data())) {
      if (!seen.add(projection.apply(row).copy())) {
        return false;
      }
    }
    return true;
  }
}
