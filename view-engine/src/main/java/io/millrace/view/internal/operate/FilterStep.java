package io.millrace.view.internal.operate;

import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.Expression;

/** Rows that meet a condition. */
public record FilterStep(Step input, Expression condition, String text) implements Step {
  @Override
  public List<Attribute> output() {
    return input.output();
  }

  @Override
  public List<Step> inputs() {
    return List.of(input);
  }

  @Override
  public Rows open(Run run) {
    Rows rows = input.open(run);
    BasePredicate predicate = Evaluators.predicate(condition, input.output());
    return () -> {
      for (InternalRow row = rows.next(); row != null; row = rows.next()) {
        run.budget().tick();
        if (predicate.eval(row)) {
          return row;
        }
      }
      return null;
    };
  }
}
