package io.millrace.view.internal.analyze;

import io.millrace.view.internal.tree.Scala;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.BitmapAndAgg;
import org.apache.spark.sql.catalyst.expressions.BitmapConstructAgg;
import org.apache.spark.sql.catalyst.expressions.BitmapOrAgg;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.expressions.aggregate.*;
import org.apache.spark.sql.catalyst.expressions.variant.SchemaOfVariantAgg;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;

/**
 * What is known about Spark's aggregate functions: which merge, and how exactly.
 *
 * <p>A declarative aggregate brings its own merge expressions and is accepted unless its result
 * depends on the order of rows. An imperative one is accepted only if it is listed here: its merge
 * is opaque, so that one nobody has looked at is refused.
 */
public final class Aggregates {
  /** How two correct computations of the same aggregate may differ. */
  public enum Agreement {
    /** Not at all. */
    EXACT,
    /** An array has the same elements in another order. */
    UNORDERED,
    /** By the rounding of floating point arithmetic. */
    ROUNDED,
    /** Within a bound, or in the choice among ties. */
    APPROXIMATE
  }

  /**
   * @param reason why the aggregate is refused; null if it is accepted
   * @param instead what to write
   */
  public record Verdict(String reason, String instead) {
    private static final Verdict ACCEPTED = new Verdict(null, null);

    public boolean refused() {
      return reason != null;
    }
  }

  private static final Map<Class<?>, Agreement> IMPERATIVE =
      Map.ofEntries(
          Map.entry(HyperLogLogPlusPlus.class, Agreement.EXACT),
          Map.entry(BitmapConstructAgg.class, Agreement.EXACT),
          Map.entry(BitmapOrAgg.class, Agreement.EXACT),
          Map.entry(BitmapAndAgg.class, Agreement.EXACT),
          Map.entry(Percentile.class, Agreement.EXACT),
          Map.entry(PercentileCont.class, Agreement.EXACT),
          Map.entry(PercentileDisc.class, Agreement.EXACT),
          Map.entry(CountMinSketchAgg.class, Agreement.EXACT),
          Map.entry(SchemaOfVariantAgg.class, Agreement.EXACT),
          Map.entry(CollectSet.class, Agreement.UNORDERED),
          Map.entry(Mode.class, Agreement.APPROXIMATE),
          Map.entry(ApproximatePercentile.class, Agreement.APPROXIMATE),
          Map.entry(HistogramNumeric.class, Agreement.APPROXIMATE),
          Map.entry(HllSketchAgg.class, Agreement.APPROXIMATE),
          Map.entry(HllUnionAgg.class, Agreement.APPROXIMATE),
          Map.entry(ThetaSketchAgg.class, Agreement.APPROXIMATE),
          Map.entry(ThetaUnionAgg.class, Agreement.APPROXIMATE),
          Map.entry(ApproxTopK.class, Agreement.APPROXIMATE),
          Map.entry(ApproxTopKAccumulate.class, Agreement.APPROXIMATE),
          Map.entry(KllSketchAggBigint.class, Agreement.APPROXIMATE),
          Map.entry(KllSketchAggFloat.class, Agreement.APPROXIMATE),
          Map.entry(KllSketchAggDouble.class, Agreement.APPROXIMATE));

  /** Declarative ones that do no arithmetic, so that floating point is exact in them too. */
  private static final Set<Class<?>> CHOOSING =
      Set.of(Max.class, Min.class, Count.class, BitAndAgg.class, BitOrAgg.class, BitXorAgg.class);

  private Aggregates() {}

  /** Whether an aggregate merges. */
  public static Verdict verdict(AggregateExpression aggregate) {
    AggregateFunction function = aggregate.aggregateFunction();
    Verdict order = orderDependent(function);
    if (order.refused()) {
      return order;
    }
    if (aggregate.isDistinct() && !agnosticOfDuplicates(function)) {
      return new Verdict(
          "which must remember every value it has seen", AggregateAdvice.ofDistinct(function));
    }
    if (function instanceof ThetaIntersectionAgg) {
      return new Verdict(
          "which has no state for no rows",
          "keep theta_union_agg or theta_sketch_agg per group and intersect what you query");
    }
    if (function instanceof ApproxTopKCombine) {
      return new Verdict(
          "which has no state for no rows",
          "keep approx_top_k_accumulate and combine what you query");
    }
    AggregateFunction evaluable = evaluable(function);
    if (evaluable != function) {
      return orderDependent(evaluable);
    }
    if (function instanceof DeclarativeAggregate || IMPERATIVE.containsKey(function.getClass())) {
      return Verdict.ACCEPTED;
    }
    return new Verdict(
        "which is not known to merge",
        "use another aggregate, such as " + AggregateAdvice.set(function));
  }

  private static Verdict orderDependent(AggregateFunction function) {
    if (function instanceof First || function instanceof Last || function instanceof AnyValue) {
      return new Verdict(
          "whose value depends on the order of rows", AggregateAdvice.ofOne(function));
    }
    if (function instanceof CollectList) {
      return new Verdict(
          "whose value depends on the order of rows and which keeps every one",
          AggregateAdvice.ofList(function));
    }
    if (function instanceof ListAgg list) {
      return new Verdict(
          "whose value depends on the order of rows and which keeps every one",
          AggregateAdvice.ofText(list));
    }
    return Verdict.ACCEPTED;
  }

  private static boolean agnosticOfDuplicates(AggregateFunction function) {
    AggregateFunction evaluable = evaluable(function);
    return evaluable instanceof Max
        || evaluable instanceof Min
        || evaluable instanceof BitAndAgg
        || evaluable instanceof BitOrAgg
        || evaluable instanceof CollectSet;
  }

  private static AggregateFunction evaluable(AggregateFunction function) {
    Expression expression = function;
    while (expression instanceof RuntimeReplaceable replaceable) {
      expression = replaceable.replacement();
    }
    return expression instanceof AggregateFunction replaced ? replaced : function;
  }

  public static Agreement agreement(AggregateExpression aggregate) {
    AggregateFunction function = aggregate.aggregateFunction();
    if (IMPERATIVE.containsKey(function.getClass())) {
      return IMPERATIVE.get(function.getClass());
    }
    if (CHOOSING.contains(function.getClass())) {
      return Agreement.EXACT;
    }
    if (function instanceof MaxMinBy) {
      return Agreement.APPROXIMATE;
    }
    boolean floating =
        Scala.list(function.aggBufferAttributes()).stream()
            .map(column -> column.dataType())
            .anyMatch(type -> type instanceof DoubleType || type instanceof FloatType);
    return floating ? Agreement.ROUNDED : Agreement.EXACT;
  }
}
