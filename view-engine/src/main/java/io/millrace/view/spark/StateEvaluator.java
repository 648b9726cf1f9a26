package io.millrace.view.spark;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.ImperativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.TypedImperativeAggregate;
import org.apache.spark.sql.types.StructType;

/**
 * Finishes the state struct of an imperative aggregate. Public because Spark's generated code calls
 * it; not for other use.
 */
public final class StateEvaluator implements Serializable {
  private static final long serialVersionUID = 1L;

  private final ImperativeAggregate function;

  @SuppressWarnings("unchecked")
  StateEvaluator(AggregateFunction function) {
    // Here the buffer stands alone: its first field is field 0.
    this.function = ((ImperativeAggregate) function).withNewMutableAggBufferOffset(0);
  }

  /** The aggregate's result of a state, as a Catalyst value. */
  @SuppressWarnings("unchecked")
  public Object evaluate(InternalRow state) {
    if (function instanceof TypedImperativeAggregate<?> typed) {
      TypedImperativeAggregate<Object> objects = (TypedImperativeAggregate<Object>) typed;
      return objects.eval(objects.deserialize(state.getBinary(0)));
    }
    StructType schema = function.aggBufferSchema();
    Object[] values = new Object[schema.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = state.get(i, schema.apply(i).dataType());
    }
    return function.eval(new GenericInternalRow(values));
  }
}
