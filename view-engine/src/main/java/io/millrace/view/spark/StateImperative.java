package io.millrace.view.spark;

import io.millrace.view.internal.tree.Scala;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.ImperativeAggregate;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/** An imperative aggregate (HyperLogLog++) that hands out its buffer instead of its result. */
final class StateImperative extends ImperativeAggregate implements StateAggregate {
  private static final long serialVersionUID = 1L;

  private final ImperativeAggregate inner;

  StateImperative(ImperativeAggregate inner) {
    this.inner = inner;
  }

  @Override
  public ImperativeAggregate inner() {
    return inner;
  }

  @Override
  public int mutableAggBufferOffset() {
    return inner.mutableAggBufferOffset();
  }

  @Override
  public int inputAggBufferOffset() {
    return inner.inputAggBufferOffset();
  }

  @Override
  public ImperativeAggregate withNewMutableAggBufferOffset(int offset) {
    return new StateImperative(inner.withNewMutableAggBufferOffset(offset));
  }

  @Override
  public ImperativeAggregate withNewInputAggBufferOffset(int offset) {
    return new StateImperative(inner.withNewInputAggBufferOffset(offset));
  }

  @Override
  public void initialize(InternalRow buffer) {
    inner.initialize(buffer);
  }

  @Override
  public void update(InternalRow buffer, InternalRow input) {
    inner.update(buffer, input);
  }

  @Override
  public void merge(InternalRow buffer, InternalRow inputBuffer) {
    inner.merge(buffer, inputBuffer);
  }

  @Override
  public Object eval(InternalRow buffer) {
    StructType schema = inner.aggBufferSchema();
    Object[] values = new Object[schema.length()];
    for (int i = 0; i < values.length; i++) {
      DataType type = schema.apply(i).dataType();
      values[i] = buffer.get(inner.mutableAggBufferOffset() + i, type);
    }
    return new GenericInternalRow(values).copy();
  }

  @Override
  public StructType aggBufferSchema() {
    return inner.aggBufferSchema();
  }

  @Override
  public Seq<AttributeReference> aggBufferAttributes() {
    return inner.aggBufferAttributes();
  }

  @Override
  public Seq<AttributeReference> inputAggBufferAttributes() {
    return inner.inputAggBufferAttributes();
  }

  @Override
  public boolean nullable() {
    return false;
  }

  @Override
  public DataType dataType() {
    return StateStruct.type(inner.aggBufferAttributes());
  }

  @Override
  public Seq<Expression> children() {
    return inner.children();
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new StateImperative((ImperativeAggregate) Scala.withChildren(inner, children));
  }

  @Override
  public Object productElement(int n) {
    return StateAggregate.element(this, n);
  }

  @Override
  public int productArity() {
    return 1;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof StateImperative;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StateImperative that && inner.equals(that.inner);
  }

  @Override
  public int hashCode() {
    return 31 * inner.hashCode() + 2;
  }
}
