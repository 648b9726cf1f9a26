package io.millrace.view.internal.bound;

import io.millrace.view.internal.operate.Budget;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import scala.collection.immutable.IndexedSeq;

/**
 * A value that may grow: no text, array, map or struct that comes of it is larger than a bound, so
 * that what is made of several of them is bounded too. Functions that grow their arguments in one
 * step, or take more steps than these are long, are measured before they are called. Looks at the
 * clock, too.
 */
final class SizedValue extends WatchedValue {
  private static final long serialVersionUID = 1L;

  private final Tally made;

  SizedValue(Expression value) {
    this(value, Sizes.tally());
  }

  /**
   * @param made what the lambdas of {@code value} make
   */
  SizedValue(Expression value, Tally made) {
    super(value);
    this.made = made;
  }

  @Override
  public Object eval(InternalRow row) {
    Budget.current().ifPresent(Budget::tick);
    Object result =
        Growth.of(value) || Work.of(value) ? ofArguments(row) : made.during(() -> value.eval(row));
    Sizes.check(Sizes.of(result, value.dataType()));
    return result;
  }

  private Object ofArguments(InternalRow row) {
    List<Object> arguments = new ArrayList<>();
    List<Expression> literals = new ArrayList<>();
    long sum = 0;
    for (Expression child : Scala.<Expression>list(value.children())) {
      Object argument = child.eval(row);
      sum += Sizes.of(argument, child.dataType());
      arguments.add(argument);
      literals.add(new Literal(argument, child.dataType()));
    }
    if (Growth.of(value)) {
      Sizes.check(sum);
      Sizes.check(Growth.size(value, arguments));
    }
    Work.check(value, arguments);
    return ((Expression) value.withNewChildren(Scala.seq(literals))).eval(row);
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new SizedValue(children.head(), made);
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
