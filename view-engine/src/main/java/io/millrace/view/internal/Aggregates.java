package io.millrace.view.internal;

import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;

/** What is known about Spark's aggregate functions. */
final class Aggregates {
  private Aggregates() {}

  static boolean exact(AggregateExpression aggregate) {
    for (Attribute column : Scala.list(aggregate.aggregateFunction().aggBufferAttributes())) {
      if (column.dataType() instanceof DoubleType || column.dataType() instanceof FloatType) {
        return false;
      }
    }
    return true;
  }
}
