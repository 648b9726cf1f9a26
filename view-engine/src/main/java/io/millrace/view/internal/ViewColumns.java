package io.millrace.view.internal;

import io.millrace.view.CompiledView.Column;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;

/** What a view's columns and group columns are, for readers outside. */
final class ViewColumns {
  private ViewColumns() {}

  static List<Column> of(ViewPlan plan) {
    KeyColumns keys = new KeyColumns(plan);
    return Scala.<Attribute>list(plan.finish().output()).stream()
        .map(
            a ->
                new Column(
                    a.name(),
                    a.dataType().sql(),
                    a.nullable(),
                    keys.of(a).isPresent(),
                    Exactness.of(plan, a)))
        .toList();
  }

  static List<Column> ofKey(ViewPlan plan) {
    return plan.groupAttributes().stream()
        .map(a -> new Column(a.name(), a.dataType().sql(), a.nullable(), true, true))
        .toList();
  }
}
