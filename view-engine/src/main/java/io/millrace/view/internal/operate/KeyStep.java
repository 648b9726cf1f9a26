package io.millrace.view.internal.operate;

import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.catalyst.expressions.Attribute;

/**
 * The keys of a view's wanted groups, in their order. While a row is valid, its group's state can
 * be had from the scan's input; what stands above may leave rows out and add columns to them, as
 * long as it makes at most one row of each before it asks for the next.
 */
public record KeyStep(ScanStep groups) implements Step {
  @Override
  public List<Attribute> output() {
    return groups.groupColumns();
  }

  @Override
  public List<Step> inputs() {
    return List.of();
  }

  @Override
  public String text() {
    return groups.text();
  }

  @Override
  public OptionalInt scan() {
    return groups.scan();
  }

  @Override
  public Rows open(Run run) {
    return new ScanStep.Wanted(groups, run);
  }
}
