package io.millrace.view.internal.bound;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.operate.Budget;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * A value that may grow: no text or array that comes of it is larger than a bound, so that what is
 * made of several of them is bounded too. Functions that grow their arguments in one step are
 * measured before they are called. Looks at the clock, too.
 */
final class SizedValue extends Expression {
  private static final long serialVersionUID = 1L;

  /** Bytes of a text, elements of an array. */
  static final long MOST = 1 << 20;

  private final Expression value;

  SizedValue(Expression value) {
    this.value = value;
  }

  @Override
  public Object eval(InternalRow row) {
    Budget.current().ifPresent(Budget::tick);
    Object result = Growth.of(value) ? ofArguments(row) : value.eval(row);
    check(size(result));
    return result;
  }

  private Object ofArguments(InternalRow row) {
    List<Object> arguments = new ArrayList<>();
    List<Expression> literals = new ArrayList<>();
    long sum = 0;
    for (Expression child : Scala.<Expression>list(value.children())) {
      Object argument = child.eval(row);
      sum += size(argument);
      check(sum);
      arguments.add(argument);
      literals.add(new Literal(argument, child.dataType()));
    }
    check(Growth.size(value, arguments));
    return ((Expression) value.withNewChildren(Scala.seq(literals))).eval(row);
  }

  private static void check(long size) {
    if (size > MOST) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found a value of more than "
              + MOST
              + " bytes or elements within an expression, expected a smaller one; ask for less of"
              + " it");
    }
  }

  static long size(Object value) {
    if (value instanceof UTF8String text) {
      return text.numBytes();
    } else if (value instanceof byte[] bytes) {
      return bytes.length;
    } else if (value instanceof ArrayData array) {
      return array.numElements();
    } else if (value instanceof MapData map) {
      return map.numElements();
    } else if (value instanceof UnsafeRow row) {
      return row.getSizeInBytes();
    }
    return 0;
  }

  @Override
  public Seq<Expression> children() {
    return Scala.seq(List.of(value));
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new SizedValue(children.head());
  }

  @Override
  public boolean foldable() {
    return value.foldable();
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
    return other instanceof SizedValue;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SizedValue that && value.equals(that.value);
  }

  @Override
  public int hashCode() {
    return 31 * value.hashCode() + 11;
  }
}
