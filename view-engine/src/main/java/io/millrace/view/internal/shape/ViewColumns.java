package io.millrace.view.internal.shape;

import io.millrace.view.CompiledView.Column;
import io.millrace.view.internal.key.KeyColumns;
import io.millrace.view.internal.plan.ViewPlan;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;

/** What a view's columns and group columns are, for readers outside. */
public final class ViewColumns {
  private ViewColumns() {}

  public static List<Column> of(ViewPlan plan) {
    KeyColumns keys = new KeyColumns(plan);
    Exactness exactness = new Exactness(plan);
    return plan.results().stream()
        .map(
            result -> {
              Expression value = (Expression) result;
              return new Column(
                  result.name(),
                  value.dataType().sql(),
                  value.nullable(),
                  keys.of(result).isPresent(),
                  exactness.of(result));
            })
        .toList();
  }

  /** Names of the columns of {@link io.millrace.view.CompiledView#rounded}. */
  public static Set<String> rounded(ViewPlan plan) {
    Exactness exactness = new Exactness(plan);
    return plan.results().stream()
        .filter(exactness::roundedAlone)
        .map(NamedExpression::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Names of the columns of {@link io.millrace.view.CompiledView#bounded}. */
  public static Set<String> bounded(ViewPlan plan) {
    Exactness exactness = new Exactness(plan);
    return plan.results().stream()
        .filter(exactness::boundedAlone)
        .map(NamedExpression::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  public static List<Column> ofKey(ViewPlan plan) {
    return plan.groupAttributes().stream()
        .map(a -> new Column(a.name(), a.dataType().sql(), a.nullable(), true, true))
        .toList();
  }
}
