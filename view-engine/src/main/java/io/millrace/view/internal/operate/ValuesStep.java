package io.millrace.view.internal.operate;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;

/** Rows that the question itself holds. */
public record ValuesStep(List<InternalRow> rows, List<Attribute> output) implements Step {
  @Override
  public List<Step> inputs() {
    return List.of();
  }

  @Override
  public String text() {
    return rows.size() + " rows of the question itself";
  }

  @Override
  public Rows open(Run run) {
    Iterator<InternalRow> each = rows.iterator();
    return () -> each.hasNext() ? each.next() : null;
  }
}
