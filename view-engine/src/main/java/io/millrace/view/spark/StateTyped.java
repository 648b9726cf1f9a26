package io.millrace.view.spark;

import io.millrace.view.internal.tree.Scala;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.ImperativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.TypedImperativeAggregate;
import org.apache.spark.sql.types.DataType;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * A typed-imperative aggregate (sketches, sets) that hands out its serialised buffer instead of its
 * result. The object-level steps are those of the inner aggregate; the buffer offsets are this
 * one's.
 */
final class StateTyped extends TypedImperativeAggregate<Object> implements StateAggregate {
  private static final long serialVersionUID = 1L;

  private final TypedImperativeAggregate<Object> inner;
  private final int mutableOffset;
  private final int inputOffset;

  StateTyped(TypedImperativeAggregate<Object> inner, int mutableOffset, int inputOffset) {
    this.inner = inner;
    this.mutableOffset = mutableOffset;
    this.inputOffset = inputOffset;
  }

  @Override
  public TypedImperativeAggregate<Object> inner() {
    return inner;
  }

  @Override
  public int mutableAggBufferOffset() {
    return mutableOffset;
  }

  @Override
  public int inputAggBufferOffset() {
    return inputOffset;
  }

  @Override
  public ImperativeAggregate withNewMutableAggBufferOffset(int offset) {
    return new StateTyped(inner, offset, inputOffset);
  }

  @Override
  public ImperativeAggregate withNewInputAggBufferOffset(int offset) {
    return new StateTyped(inner, mutableOffset, offset);
  }

  @Override
  public Object createAggregationBuffer() {
    return inner.createAggregationBuffer();
  }

  @Override
  public Object update(Object buffer, InternalRow input) {
    return inner.update(buffer, input);
  }

  @Override
  public Object merge(Object buffer, Object input) {
    return inner.merge(buffer, input);
  }

  @Override
  public Object eval(Object buffer) {
    return new GenericInternalRow(new Object[] {inner.serialize(buffer)});
  }

  @Override
  public byte[] serialize(Object buffer) {
    return inner.serialize(buffer);
  }

  @Override
  public Object deserialize(byte[] bytes) {
    return inner.deserialize(bytes);
  }

  @Override
  public boolean nullable() {
    return false;
  }

  @Override
  public DataType dataType() {
    return StateStruct.type(aggBufferAttributes());
  }

  @Override
  public Seq<Expression> children() {
    return inner.children();
  }

  @Override
  @SuppressWarnings("unchecked")
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new StateTyped(
        (TypedImperativeAggregate<Object>) Scala.withChildren(inner, children),
        mutableOffset,
        inputOffset);
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
    return other instanceof StateTyped;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StateTyped that
        && inner.equals(that.inner)
        && mutableOffset == that.mutableOffset
        && inputOffset == that.inputOffset;
  }

  @Override
  public int hashCode() {
    return 31 * inner.hashCode() + 3;
  }
}
