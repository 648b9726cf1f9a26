package io.millrace.view.internal.stable;

import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Add;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.EvalMode$;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.KnownNotNull;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NumericEvalContext;
import org.apache.spark.sql.catalyst.expressions.aggregate.Average;
import org.apache.spark.sql.catalyst.expressions.aggregate.DeclarativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.Sum;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.YearMonthIntervalType;
import scala.Option;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * A sum or an average whose total cannot overflow on its way. Spark's own gives up at the first
 * intermediate total that does not fit, for good, and which totals there are depends on the order
 * of rows and on how they are split. Here the law holds for all splits: the result is Spark's if
 * the sum of all values fits its type, else NULL.
 *
 * <p>The total is kept as {@code carry · 10^38 + sum} (in units of the last digit) with {@code 0 ≤
 * sum < 10^38}: one representation for each total, so that equal totals are equal states. The third
 * buffer column counts the values that are not NULL.
 */
public final class WideSum extends DeclarativeAggregate {
  private static final long serialVersionUID = 1L;

  /** Sums of fewer digits have ten to spare: enough for ten thousand million of the largest. */
  private static final int SAFE_DIGITS = DecimalType.MAX_PRECISION() - 10;

  private final DeclarativeAggregate inner;
  private final DecimalType width;
  private final AttributeReference sum;
  private final AttributeReference carry;
  private final AttributeReference count;

  private WideSum(DeclarativeAggregate inner) {
    this.inner = inner;
    int scale = child().dataType() instanceof DecimalType decimal ? decimal.scale() : 0;
    this.width = DataTypes.createDecimalType(DecimalType.MAX_PRECISION(), scale);
    this.sum = column("sum", width);
    this.carry = column("carry", DataTypes.LongType);
    this.count = column("count", DataTypes.LongType);
  }

  /** Whether Spark's function gives a result that depends on the order of rows. */
  static boolean canOverflow(Expression function) {
    if (function instanceof Sum sum) {
      return overflows(sum.child().dataType())
          || sum.evalContext().evalMode() == EvalMode$.MODULE$.TRY()
              && sum.child().dataType() instanceof IntegralType;
    }
    return function instanceof Average average && overflows(average.child().dataType());
  }

  private static boolean overflows(DataType type) {
    return type instanceof DecimalType decimal && decimal.precision() > SAFE_DIGITS
        || type instanceof YearMonthIntervalType
        || type instanceof DayTimeIntervalType;
  }

  /**
   * @param function one that {@link #canOverflow}
   */
  static WideSum of(Expression function) {
    return new WideSum((DeclarativeAggregate) function);
  }

  private static AttributeReference column(String name, DataType type) {
    return new AttributeReference(
        name, type, false, Metadata.empty(), NamedExpression.newExprId(), Scala.seq(List.of()));
  }

  private Literal zero() {
    BigDecimal zero = new BigDecimal(BigInteger.ZERO, width.scale());
    return Literal.create(Decimal.apply(zero, width.precision(), width.scale()), width);
  }

  private Expression child() {
    return inner.children().head();
  }

  /** The value to add, in a type that {@link WideTotals} takes. */
  private Expression value() {
    Expression value = new KnownNotNull(child());
    DataType type = child().dataType();
    if (type instanceof DecimalType) {
      return cast(value, width);
    }
    return type instanceof IntegralType ? cast(value, DataTypes.LongType) : value;
  }

  private static Expression cast(Expression value, DataType type) {
    return value.dataType().equals(type)
        ? value
        : new Cast(value, type, Option.empty(), EvalMode$.MODULE$.LEGACY());
  }

  @Override
  public Seq<Expression> initialValues() {
    return Scala.seq(List.of(zero(), number(0), number(0)));
  }

  @Override
  public Seq<Expression> updateExpressions() {
    Expression none = new IsNull(child());
    return Scala.seq(
        List.of(
            new If(none, sum, sum(sum, value())),
            new If(none, carry, plus(carry, carry(sum, value()))),
            new If(none, count, plus(count, number(1)))));
  }

  @Override
  public Seq<Expression> mergeExpressions() {
    Seq<AttributeReference> from = inputAggBufferAttributes();
    return Scala.seq(
        List.of(
            sum(sum, from.apply(0)),
            plus(plus(carry, from.apply(1)), carry(sum, from.apply(0))),
            plus(count, from.apply(2))));
  }

  @Override
  public Expression evaluateExpression() {
    DataType type = inner instanceof Average average ? average.sumDataType() : inner.dataType();
    Expression total = total(type);
    if (!(inner instanceof Average average)) {
      return new If(new EqualTo(count, number(0)), new Literal(null, inner.dataType()), total);
    }
    ExprId ownSum = average.sum().exprId();
    ExprId ownCount = average.count().exprId();
    return Exprs.transform(
        average.evaluateExpression(),
        node -> {
          if (node instanceof AttributeReference attribute) {
            return attribute.exprId().equals(ownSum)
                ? total
                : attribute.exprId().equals(ownCount) ? count : node;
          }
          return node;
        });
  }

  private Expression total(DataType type) {
    String method =
        type instanceof DecimalType
            ? "decimal"
            : type instanceof YearMonthIntervalType ? "months" : "units";
    return invoke(method, type, true, List.of(sum, carry));
  }

  private Expression sum(Expression left, Expression right) {
    return invoke("sum", width, false, List.of(left, right));
  }

  private static Expression carry(Expression left, Expression right) {
    return invoke("carry", DataTypes.LongType, false, List.of(left, right));
  }

  private static Expression invoke(
      String method, DataType type, boolean nullable, List<Expression> arguments) {
    return new StaticInvoke(
        WideTotals.class,
        type,
        method,
        Scala.seq(arguments),
        Scala.seq(List.of()),
        true,
        nullable,
        true,
        Option.empty());
  }

  private static Expression plus(Expression left, Expression right) {
    return new Add(left, right, NumericEvalContext.apply(EvalMode$.MODULE$.LEGACY(), true));
  }

  private static Literal number(long value) {
    return Literal.create(value, DataTypes.LongType);
  }

  @Override
  public Seq<AttributeReference> aggBufferAttributes() {
    return Scala.seq(List.of(sum, carry, count));
  }

  @Override
  public boolean nullable() {
    return true;
  }

  @Override
  public DataType dataType() {
    return inner.dataType();
  }

  @Override
  public String prettyName() {
    return inner.prettyName();
  }

  @Override
  public Seq<Expression> children() {
    return inner.children();
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    List<Expression> list = new ArrayList<>(Scala.list(children));
    return new WideSum((DeclarativeAggregate) inner.withNewChildren(Scala.seq(list)));
  }

  @Override
  public Object productElement(int n) {
    if (n != 0) {
      throw new IndexOutOfBoundsException(n);
    }
    return inner;
  }

  @Override
  public int productArity() {
    return 1;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof WideSum;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WideSum that && inner.equals(that.inner);
  }

  @Override
  public int hashCode() {
    return 31 * inner.hashCode() + 7;
  }
}
