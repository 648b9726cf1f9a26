package io.millrace.view.internal.planner;

import io.millrace.view.internal.key.KeyRanges;
import io.millrace.view.internal.lookup.LookupScanStep;
import io.millrace.view.internal.operate.FilterStep;
import io.millrace.view.internal.operate.ScanStep;
import io.millrace.view.internal.operate.Step;
import io.millrace.view.internal.query.LookupRelation;
import io.millrace.view.internal.query.QueryErrors;
import io.millrace.view.internal.query.Relation;
import io.millrace.view.internal.query.ViewRelation;
import io.millrace.view.internal.tree.Scala;
import io.millrace.view.internal.tree.Substitution;
import io.millrace.view.query.ScanPlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/** The scans of a question, made one after the other. */
final class Scans {
  private static final int MOST = 64;

  private final List<ScanPlan> plans = new ArrayList<>();

  /**
   * A condition on group columns.
   *
   * @param asked over the view's columns, as people know it
   * @param onGroups the same over what a key holds
   */
  record Wanted(Expression asked, Expression onGroups) {}

  List<ScanPlan> plans() {
    return plans;
  }

  /** The view's rows that meet all conditions. */
  Step rows(ViewRelation view, LogicalPlan leaf, List<Expression> conditions) {
    Substitution groups = groupColumns(view, leaf);
    List<Wanted> onGroups = new ArrayList<>();
    List<Expression> onRows = new ArrayList<>();
    for (Expression condition : conditions) {
      Optional<Expression> pushed =
          groups.covers(condition) ? groups.applied(condition) : Optional.empty();
      if (pushed.isPresent()) {
        onGroups.add(new Wanted(condition, pushed.get()));
      } else {
        onRows.add(condition);
      }
    }
    ScanStep scan = groups(view, Scala.list(leaf.output()), onGroups);
    return filter(scan, onRows);
  }

  /** The scan of the groups that meet conditions on group columns. */
  ScanStep groups(ViewRelation view, List<Attribute> output, List<Wanted> wanted) {
    List<Attribute> columns = view.plan().groupAttributes();
    List<Expression> onGroups = wanted.stream().map(Wanted::onGroups).toList();
    KeyRanges ranges = KeyRanges.of(columns, onGroups);
    add(view, ranges);
    return new ScanStep(
        plans.size() - 1,
        view.codec(),
        columns,
        onGroups.stream().reduce(And::new),
        output,
        asTheyAre(view, output),
        text("view " + view.name(), "group", columns, wanted, ranges));
  }

  /** The lookup's rows that meet all conditions. */
  Step rows(LookupRelation lookup, LogicalPlan leaf, List<Expression> conditions) {
    List<Attribute> output = Scala.list(leaf.output());
    List<Attribute> key = lookup.key(output);
    Substitution onlyKey = new Substitution();
    key.forEach(column -> onlyKey.put(column.exprId(), (Expression) column));
    List<Expression> onKey = new ArrayList<>();
    List<Expression> onRows = new ArrayList<>();
    conditions.forEach(each -> (onlyKey.covers(each) ? onKey : onRows).add(each));
    KeyRanges ranges = KeyRanges.of(key, onKey);
    add(lookup, ranges);
    List<Wanted> wanted = onKey.stream().map(each -> new Wanted(each, each)).toList();
    return filter(
        new LookupScanStep(
            plans.size() - 1,
            lookup.lookup().keyCodec(),
            key,
            onKey.stream().reduce(And::new),
            output,
            text("lookup " + lookup.name(), "key", key, wanted, ranges)),
        onRows);
  }

  private void add(Relation relation, KeyRanges ranges) {
    if (plans.size() >= MOST) {
      throw new io.millrace.control.error.MillraceException(
          io.millrace.control.error.ErrorCode.QUERY_LIMIT,
          "cannot answer: found more than %d scans of views, expected fewer; ask for fewer at once"
              .formatted(MOST));
    }
    plans.add(new ScanPlan(relation.name(), ranges.ranges(), ranges.points()));
  }

  private static Map<ExprId, Attribute> asTheyAre(ViewRelation view, List<Attribute> output) {
    Map<ExprId, Attribute> groups = new HashMap<>();
    for (int i = 0; i < output.size(); i++) {
      Attribute column = output.get(i);
      view.groupValue(i)
          .filter(AttributeReference.class::isInstance)
          .ifPresent(group -> groups.put(column.exprId(), (Attribute) (Object) group));
    }
    return groups;
  }

  private static String text(
      String relation,
      String column,
      List<Attribute> columns,
      List<Wanted> wanted,
      KeyRanges ranges) {
    List<Expression> used =
        wanted.stream()
            .filter(w -> ranges.used().contains(w.onGroups()))
            .map(Wanted::asked)
            .toList();
    StringBuilder text = new StringBuilder("scan of ").append(relation).append(": ");
    if (used.isEmpty()) {
      text.append(column.equals("group") ? "all groups" : "all rows");
    } else {
      text.append(ranges.ranges().size())
          .append(ranges.ranges().size() == 1 ? " key range" : " key ranges")
          .append(" by ")
          .append(sql(used));
    }
    for (Wanted condition : wanted) {
      if (!ranges.used().contains(condition.onGroups())) {
        text.append("; each key tested by ")
            .append(QueryErrors.sql(condition.asked()))
            .append(", which is no key range: ")
            .append(
                KeyRanges.sorted(columns, condition.onGroups())
                    ? "a " + column + " column before it in the key has no single values"
                    : "it does not compare a " + column + " column with constants");
      }
    }
    return text.toString();
  }

  /** Rows of a step that meet all conditions. */
  static Step filter(Step input, List<Expression> conditions) {
    return conditions.isEmpty()
        ? input
        : new FilterStep(
            input,
            conditions.stream().reduce(And::new).orElseThrow(),
            "rows that meet "
                + sql(conditions)
                + (input instanceof ScanStep || input instanceof LookupScanStep
                    ? ", tested on finished rows, which is no key range"
                    : ""));
  }

  /** As they are written, with the names of the sides they are of. */
  static String written(List<? extends Expression> expressions) {
    return expressions.stream().map(QueryErrors::text).collect(Collectors.joining(", "));
  }

  static String sql(List<? extends Expression> expressions) {
    return expressions.stream().map(QueryErrors::sql).collect(Collectors.joining(", "));
  }

  /** The columns that are of group columns alone, as what they are. */
  static Substitution groupColumns(ViewRelation view, LogicalPlan leaf) {
    Substitution groups = new Substitution();
    List<Attribute> output = Scala.list(leaf.output());
    for (int i = 0; i < output.size(); i++) {
      Attribute column = output.get(i);
      view.groupValue(i).ifPresent(value -> groups.put(column.exprId(), value));
    }
    return groups;
  }
}
