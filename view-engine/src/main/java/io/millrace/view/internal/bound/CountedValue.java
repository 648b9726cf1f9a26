package io.millrace.view.internal.bound;

import io.millrace.view.internal.operate.Budget;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import scala.collection.immutable.IndexedSeq;

/**
 * What a lambda does for each element, or a column of a row: looks at the clock, since there may be
 * many, and counts what it makes where all of that is kept. No constant, also where its value is
 * one: it is in a loop.
 */
final class CountedValue extends WatchedValue {
  private static final long serialVersionUID = 1L;

  private final Tally kept;
  private final int place;

  /**
   * @param kept counts what is made; null: nothing of it is kept
   * @param place of a column among those that are counted together; the count begins with 0. Two
   *     places are never one expression, or both would be counted once. Negative: no column
   */
  CountedValue(Expression value, Tally kept, int place) {
    super(value);
    this.kept = kept;
    this.place = place;
  }

  @Override
  public Object eval(InternalRow row) {
    Budget.current().ifPresent(Budget::tick);
    Object result = value.eval(row);
    if (place == 0) {
      kept.reset();
    }
    if (kept != null) {
      kept.add(1 + Sizes.of(result, value.dataType()));
    }
    return result;
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new CountedValue(children.head(), kept, place);
  }

  @Override
  public boolean foldable() {
    return false;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof CountedValue;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CountedValue that && place == that.place && value.equals(that.value);
  }

  @Override
  public int hashCode() {
    return 31 * value.hashCode() + 17 + place;
  }
}
