package io.millrace.view.spark;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.DeclarativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.ImperativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.TypedImperativeAggregate;

/**
 * An aggregate function of which Spark outputs the state instead of the result, as a struct with
 * one field per buffer field. For all rows: {@code evaluate(state(rows)) = inner(rows)}.
 */
sealed interface StateAggregate extends Serializable
    permits StateDeclarative, StateImperative, StateTyped {
  AggregateFunction inner();

  /** Wraps an aggregate function by the kind of its interface. */
  @SuppressWarnings("unchecked")
  static AggregateFunction wrap(AggregateFunction function) {
    if (function instanceof DeclarativeAggregate declarative) {
      return new StateDeclarative(declarative);
    }
    if (function instanceof TypedImperativeAggregate<?> typed) {
      return new StateTyped((TypedImperativeAggregate<Object>) typed, 0, 0);
    }
    return new StateImperative((ImperativeAggregate) function);
  }

  /** The one product element of every wrapper, for Catalyst's tree code. */
  static Object element(StateAggregate aggregate, int n) {
    if (n != 0) {
      throw new IndexOutOfBoundsException(n);
    }
    return aggregate.inner();
  }
}
