package io.millrace.view.internal.operate;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;

/** The rows of one input after those of the other. */
public record UnionStep(List<Step> inputs, List<Attribute> output) implements Step {
  public UnionStep {
    inputs = List.copyOf(inputs);
  }

  @Override
  public String text() {
    return "all rows of " + inputs.size() + " inputs, one after the other";
  }

  @Override
  public Rows open(Run run) {
    List<Rows> opened = new ArrayList<>();
    inputs.forEach(input -> opened.add(input.open(run)));
    Iterator<Rows> rest = opened.iterator();
    return new Rows() {
      private Rows now = rest.next();

      @Override
      public InternalRow next() {
        while (true) {
          InternalRow row = now.next();
          if (row != null || !rest.hasNext()) {
            return row;
          }
          now = rest.next();
        }
      }
    };
  }
}
