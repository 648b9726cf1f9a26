package io.millrace.view.internal.bound;

import io.millrace.view.internal.operate.Budget;
import io.millrace.view.internal.tree.Scala;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.types.DataType;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * What a lambda does for each element, or a column of a row: looks at the clock, since there may be
 * many, and counts what it makes where all of that is kept. No constant, also where its value is
 * one: it is in a loop.
 */
final class CountedValue extends Expression {
  private static final long serialVersionUID = 1L;

  private final Expression value;
  private final Tally kept;
  private final int place;

  /**
   * @param kept counts what is made; null: nothing of it is kept
   * @param place of a column among those that are counted together; the count begins with 0. Two
   *     places are never one expression, or both would be counted once. Negative: no column
   */
  CountedValue(Expression value, Tally kept, int place) {
    this.value = value;
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
  public Seq<Expression> children() {
    return Scala.seq(List.of(value));
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
  public DataType dataType() {
    return value.dataType();
  }

  @Override
  public boolean nullable() {
    return value.nullable();
  }

  @Override
  public ExprCode doGenCode(CodegenContext context, ExprCode code) {
    throw new IllegalStateException("questions are evaluated without generated code");
  }

  @Override
  public String sql() {
    return value.sql();
  }

  @Override
  public String toString() {
    return value.toString();
  }

  @Override
  public Object productElement(int n) {
    return value;
  }

  @Override
  public int productArity() {
    return 1;
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
