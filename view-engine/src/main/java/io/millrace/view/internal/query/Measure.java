package io.millrace.view.internal.query;

import io.millrace.view.internal.tree.Scala;
import java.util.List;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.aggregate.DeclarativeAggregate;
import org.apache.spark.sql.types.DataType;
import scala.Option;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction1;

/**
 * {@code MEASURE(column)}: a measure of a view, of a coarser group. Stands for itself only until
 * the planner has found which states it is finished of; it is never evaluated.
 */
public final class Measure extends DeclarativeAggregate {
  private static final long serialVersionUID = 1L;

  static final String NAME = "measure";

  private final Expression column;

  private Measure(Expression column) {
    this.column = column;
  }

  static void register(FunctionRegistry functions) {
    functions.registerFunction(
        new FunctionIdentifier(NAME, Option.empty()),
        new ExpressionInfo(Measure.class.getName(), NAME),
        new AbstractFunction1<Seq<Expression>, Expression>() {
          @Override
          public Expression apply(Seq<Expression> arguments) {
            if (arguments.size() != 1) {
              throw QueryErrors.refused(
                  io.millrace.control.error.ErrorCode.INVALID_SQL,
                  null,
                  "MEASURE with " + arguments.size() + " arguments",
                  "one measure of a view",
                  "write MEASURE(column)");
            }
            return new Measure(arguments.head());
          }
        });
  }

  public Expression column() {
    return column;
  }

  @Override
  public String prettyName() {
    return NAME;
  }

  @Override
  public Seq<Expression> initialValues() {
    return Scala.seq(List.of());
  }

  @Override
  public Seq<Expression> updateExpressions() {
    return Scala.seq(List.of());
  }

  @Override
  public Seq<Expression> mergeExpressions() {
    return Scala.seq(List.of());
  }

  @Override
  public Expression evaluateExpression() {
    throw new IllegalStateException("a measure is finished by its view");
  }

  @Override
  public Seq<AttributeReference> aggBufferAttributes() {
    return Scala.seq(List.of());
  }

  @Override
  public boolean nullable() {
    return true;
  }

  @Override
  public DataType dataType() {
    return column.dataType();
  }

  @Override
  public Seq<Expression> children() {
    return Scala.seq(List.of(column));
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new Measure(children.head());
  }

  @Override
  public Object productElement(int n) {
    return column;
  }

  @Override
  public int productArity() {
    return 1;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof Measure;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Measure that && column.equals(that.column);
  }

  @Override
  public int hashCode() {
    return 31 * column.hashCode() + 7;
  }
}
