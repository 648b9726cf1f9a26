package io.millrace.view.internal.operate;

import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;

/**
 * Leaves rows out at the beginning and at the end. Pulls no row beyond the last it gives.
 *
 * @param skip how many rows it leaves out first
 * @param most how many it gives then
 */
public record LimitStep(Step input, long skip, long most, String text) implements Step {
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
    return new Rows() {
      private long skipped;
      private long given;

      @Override
      public InternalRow next() {
        if (given >= most) {
          return null;
        }
        while (skipped < skip) {
          if (rows.next() == null) {
            return null;
          }
          skipped++;
        }
        given++;
        return rows.next();
      }
    };
  }
}
