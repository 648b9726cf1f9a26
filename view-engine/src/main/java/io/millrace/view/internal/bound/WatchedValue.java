package io.millrace.view.internal.bound;

import io.millrace.view.internal.tree.Scala;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.types.DataType;
import scala.collection.immutable.Seq;

/** An expression that stands for another one, and watches what comes of it. */
abstract class WatchedValue extends Expression {
  private static final long serialVersionUID = 1L;

  /** What is watched. */
  final Expression value;

  WatchedValue(Expression value) {
    this.value = value;
  }

  @Override
  public final Seq<Expression> children() {
    return Scala.seq(List.of(value));
  }

  @Override
  public boolean foldable() {
    return value.foldable();
  }

  @Override
  public final DataType dataType() {
    return value.dataType();
  }

  @Override
  public final boolean nullable() {
    return value.nullable();
  }

  @Override
  public final ExprCode doGenCode(CodegenContext context, ExprCode code) {
    throw new IllegalStateException("questions are evaluated without generated code");
  }

  @Override
  public final String sql() {
    return value.sql();
  }

  @Override
  public final String toString() {
    return value.toString();
  }

  @Override
  public final Object productElement(int n) {
    return value;
  }

  @Override
  public final int productArity() {
    return 1;
  }
}
