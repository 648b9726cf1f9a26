package io.millrace.view.spark;

import io.millrace.view.internal.tree.Scala;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.aggregate.DeclarativeAggregate;
import org.apache.spark.sql.types.DataType;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * A declarative aggregate that hands out its buffer instead of its result: all steps are those of
 * the inner aggregate, only the last one makes a struct of the buffer fields. Spark plans it as any
 * other declarative aggregate, with generated code.
 */
final class StateDeclarative extends DeclarativeAggregate implements StateAggregate {
  private static final long serialVersionUID = 1L;

  private final DeclarativeAggregate inner;

  StateDeclarative(DeclarativeAggregate inner) {
    this.inner = inner;
  }

  @Override
  public DeclarativeAggregate inner() {
    return inner;
  }

  @Override
  public Seq<Expression> initialValues() {
    return inner.initialValues();
  }

  @Override
  public Seq<Expression> updateExpressions() {
    return inner.updateExpressions();
  }

  @Override
  public Seq<Expression> mergeExpressions() {
    // inputAggBufferAttributes() is inherited and makes attributes of its own, which are those that
    // Spark binds: the inner aggregate's expressions refer to the inner aggregate's.
    return Scala.map(
        inner.mergeExpressions(),
        merge ->
            Scala.replaceAttributes(
                merge, inner.inputAggBufferAttributes(), inputAggBufferAttributes()));
  }

  @Override
  public Expression evaluateExpression() {
    return StateStruct.of(inner.aggBufferAttributes());
  }

  @Override
  public Seq<AttributeReference> aggBufferAttributes() {
    return inner.aggBufferAttributes();
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
    return new StateDeclarative((DeclarativeAggregate) Scala.withChildren(inner, children));
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
    return other instanceof StateDeclarative;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StateDeclarative that && inner.equals(that.inner);
  }

  @Override
  public int hashCode() {
    return 31 * inner.hashCode() + 1;
  }
}
