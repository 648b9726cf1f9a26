package io.millrace.view.internal.operate;

import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;

/** Columns computed row by row. */
public record ProjectStep(Step input, List<NamedExpression> columns, String text) implements Step {
  @Override
  public List<Attribute> output() {
    return columns.stream().map(NamedExpression::toAttribute).toList();
  }

  @Override
  public List<Step> inputs() {
    return List.of(input);
  }

  @Override
  public Rows open(Run run) {
    Rows rows = input.open(run);
    UnsafeProjection projection = Evaluators.named(columns, input.output());
    return () -> {
      InternalRow row = rows.next();
      if (row == null) {
        return null;
      }
      run.budget().tick();
      return projection.apply(row);
    };
  }
}
