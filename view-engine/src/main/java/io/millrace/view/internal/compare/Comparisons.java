package io.millrace.view.internal.compare;

import io.millrace.view.internal.compare.Rounding.Spread;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.shape.Magnitudes;
import io.millrace.view.internal.shape.Ties;
import io.millrace.view.internal.tree.Scala;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.Average;
import org.apache.spark.sql.catalyst.expressions.aggregate.CentralMomentAgg;
import org.apache.spark.sql.catalyst.expressions.aggregate.Covariance;
import org.apache.spark.sql.catalyst.expressions.aggregate.Max;
import org.apache.spark.sql.catalyst.expressions.aggregate.MaxMinBy;
import org.apache.spark.sql.catalyst.expressions.aggregate.Min;
import org.apache.spark.sql.catalyst.expressions.aggregate.PearsonCorrelation;
import org.apache.spark.sql.catalyst.expressions.aggregate.RegrIntercept;
import org.apache.spark.sql.catalyst.expressions.aggregate.RegrSlope;
import org.apache.spark.sql.catalyst.expressions.aggregate.Sum;
import org.apache.spark.sql.catalyst.expressions.aggregate.TypedImperativeAggregate;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.ShortType;

/** Chooses how each aggregate of a view is compared. */
final class Comparisons {
  /** For floating point of an aggregate that nobody has looked at. */
  private static final double RELATIVE = 1e-9;

  /** The largest |x| of a 32-bit integer. */
  private static final double LARGEST_INT = 0x1p31;

  private final ViewPlan plan;
  private final List<List<Integer>> magnitudes;
  private final Ties ties;

  /**
   * @param magnitudes as of {@link Magnitudes#of}
   */
  Comparisons(ViewPlan plan, List<List<Integer>> magnitudes) {
    this.plan = plan;
    this.magnitudes = magnitudes;
    this.ties = new Ties(plan);
  }

  AggregateComparison of(int index) {
    AggregateFunction function = plan.aggregates().get(index).aggregateFunction();
    List<Integer> size = magnitudes.get(index).stream().map(this::columnOf).toList();
    int at = columnOf(index);
    if (function instanceof TypedImperativeAggregate<?> typed) {
      return Sketches.of(typed, at);
    }
    if (function instanceof Sum && type(function, 0) instanceof DoubleType) {
      return sum(at, size.get(0), size.get(1));
    }
    if (function instanceof Average average && type(function, 0) instanceof DoubleType) {
      AggregateComparison count = exact(at + 1, type(function, 1));
      if (isInt(average.child().dataType())) {
        return both(count, average(at));
      }
      return both(count, sum(at, at + 1, size.get(0)));
    }
    if (function instanceof CentralMomentAgg) {
      return moments(at, Scala.list(function.aggBufferAttributes()).size() - 1);
    }
    if (function instanceof PearsonCorrelation) {
      return covariance(at, at);
    }
    if (function instanceof Covariance) {
      return covariance(at, size.get(0));
    }
    if (function instanceof RegrSlope || function instanceof RegrIntercept) {
      int corr = size.get(0);
      return both(covariance(at, corr), moments(at + 4, 2));
    }
    if (function instanceof MaxMinBy by) {
      AggregateComparison ordering = exact(at + 1, type(function, 1));
      return ties.possible(by) ? ordering : both(ordering, exact(at, type(function, 0)));
    }
    boolean chooses = function instanceof Max || function instanceof Min;
    AggregateComparison all = (a, b) -> true;
    List<Attribute> columns = List.copyOf(Scala.list(function.aggBufferAttributes()));
    for (int i = 0; i < columns.size(); i++) {
      DataType type = columns.get(i).dataType();
      boolean floating = !chooses && (type instanceof DoubleType || type instanceof FloatType);
      all = both(all, floating ? relative(at + i, type) : exact(at + i, type));
    }
    return all;
  }

  /** The first buffer column of an aggregate of the plan. */
  private int columnOf(int index) {
    return plan.aggregates().subList(0, index).stream()
        .mapToInt(aggregate -> aggregate.aggregateFunction().aggBufferAttributes().size())
        .sum();
  }

  private static DataType type(AggregateFunction function, int column) {
    return function.aggBufferAttributes().apply(column).dataType();
  }

  private static boolean isInt(DataType type) {
    return type instanceof IntegerType || type instanceof ShortType || type instanceof ByteType;
  }

  private static AggregateComparison both(AggregateComparison one, AggregateComparison other) {
    return new AggregateComparison() {
      @Override
      public boolean agree(InternalRow a, InternalRow b) {
        return one.agree(a, b) && other.agree(a, b);
      }

      @Override
      public boolean rounds() {
        return one.rounds() || other.rounds();
      }

      @Override
      public void shift(InternalRow row, int odd, int even) {
        one.shift(row, odd, even);
        other.shift(row, odd, even);
      }
    };
  }

  /** A comparison up to rounding, with the way to its edges. */
  private static AggregateComparison rounding(AggregateComparison agree, Shift shift) {
    return new AggregateComparison() {
      @Override
      public boolean agree(InternalRow a, InternalRow b) {
        return agree.agree(a, b);
      }

      @Override
      public boolean rounds() {
        return true;
      }

      @Override
      public void shift(InternalRow row, int odd, int even) {
        shift.apply(row, odd, even);
      }
    };
  }

  /** As {@link AggregateComparison#shift}. */
  private interface Shift {
    void apply(InternalRow row, int odd, int even);
  }

  private static void add(InternalRow row, int column, double change) {
    if (!row.isNullAt(column)) {
      row.setDouble(column, row.getDouble(column) + change);
    }
  }

  private static AggregateComparison exact(int column, DataType type) {
    return (a, b) -> SqlValues.equal(a, b, column, type);
  }

  private static AggregateComparison relative(int column, DataType type) {
    return (a, b) -> {
      if (a.isNullAt(column) || b.isNullAt(column)) {
        return a.isNullAt(column) == b.isNullAt(column);
      }
      double x = ((Number) a.get(column, type)).doubleValue();
      double y = ((Number) b.get(column, type)).doubleValue();
      return Rounding.within(x, y, RELATIVE * Math.max(1, Math.max(Math.abs(x), Math.abs(y))));
    };
  }

  private static AggregateComparison sum(int sum, int count, int magnitude) {
    AggregateComparison agree =
        (a, b) -> {
          if (a.isNullAt(sum) || b.isNullAt(sum)) {
            return a.isNullAt(sum) == b.isNullAt(sum);
          }
          double size = Math.max(number(a, magnitude), number(b, magnitude));
          if (Double.isNaN(size)) {
            return Double.isNaN(a.getDouble(sum)) && Double.isNaN(b.getDouble(sum));
          }
          double n = Math.max(a.getLong(count), b.getLong(count));
          return Rounding.within(a.getDouble(sum), b.getDouble(sum), Rounding.ofSum(n, size));
        };
    return rounding(
        agree,
        (row, odd, even) ->
            add(row, sum, odd * Rounding.ofSum(row.getLong(count), number(row, magnitude))));
  }

  /** The sum and count of an average of values that are 32-bit integers or shorter. */
  private static AggregateComparison average(int sum) {
    return rounding(
        (a, b) ->
            Rounding.within(
                a.getDouble(sum),
                b.getDouble(sum),
                ofIntegers(Math.max(a.getLong(sum + 1), b.getLong(sum + 1)))),
        (row, odd, even) -> add(row, sum, odd * ofIntegers(row.getLong(sum + 1))));
  }

  private static double ofIntegers(double count) {
    double size = count * LARGEST_INT;
    // Sums of integers are exact as long as they stay below 2⁵³.
    return size < 0x1p53 ? 0 : Rounding.ofSum(count, size);
  }

  private static double number(InternalRow row, int column) {
    return row.isNullAt(column) ? 0 : row.getDouble(column);
  }

  /** {@code n, avg, m2, …} from column {@code at} on. */
  private static AggregateComparison moments(int at, int order) {
    AggregateComparison agree =
        (a, b) -> {
          if (a.getDouble(at) != b.getDouble(at)) {
            return false;
          }
          if (order >= 2 && (undefined(a, at + 2) || undefined(b, at + 2))) {
            return undefined(a, at + 2) && undefined(b, at + 2) || large(a, at) || large(b, at);
          }
          Spread spread = spread(a, at, order).max(spread(b, at, order));
          boolean within =
              Rounding.within(a.getDouble(at + 1), b.getDouble(at + 1), spread.ofMean());
          for (int k = 2; within && k <= order; k++) {
            within = Rounding.within(a.getDouble(at + k), b.getDouble(at + k), spread.ofMoment(k));
          }
          return within;
        };
    return rounding(
        agree,
        (row, odd, even) -> {
          Spread spread = spread(row, at, order);
          add(row, at + 1, odd * spread.ofMean());
          for (int k = 2; k <= order; k++) {
            add(row, at + k, (k % 2 == 0 ? even : odd) * spread.ofMoment(k));
          }
          if (order >= 2) {
            row.setDouble(at + 2, Math.max(0, row.getDouble(at + 2)));
          }
        });
  }

  private static Spread spread(InternalRow row, int at, int order) {
    return Spread.of(
        row.getDouble(at), row.getDouble(at + 1), order < 2 ? 0 : row.getDouble(at + 2));
  }

  private static boolean undefined(InternalRow row, int column) {
    return !Double.isFinite(row.getDouble(column));
  }

  /** Whether the squares of such values overflow, or do so in one order and not in another. */
  private static boolean large(InternalRow row, int at) {
    return !(Math.abs(row.getDouble(at + 1)) < 1e150 && Math.abs(row.getDouble(at + 2)) < 1e300);
  }

  /**
   * {@code n, xAvg, yAvg, ck} at one place, with {@code xMk, yMk} of the same values at another.
   */
  private static AggregateComparison covariance(int at, int corr) {
    AggregateComparison agree =
        (a, b) -> {
          if (a.getDouble(at) != b.getDouble(at)) {
            return false;
          }
          boolean undefined = undefined(a, at + 3) || undefined(b, at + 3);
          if (undefined || undefined(a, corr + 4) || undefined(a, corr + 5)) {
            return undefined(a, at + 3) && undefined(b, at + 3)
                || extreme(a, corr)
                || extreme(b, corr);
          }
          Spread x =
              Spread.of(a, corr, corr + 1, corr + 4).max(Spread.of(b, corr, corr + 1, corr + 4));
          Spread y =
              Spread.of(a, corr, corr + 2, corr + 5).max(Spread.of(b, corr, corr + 2, corr + 5));
          boolean within =
              Rounding.within(a.getDouble(at + 1), b.getDouble(at + 1), x.ofMean())
                  && Rounding.within(a.getDouble(at + 2), b.getDouble(at + 2), y.ofMean())
                  && Rounding.within(a.getDouble(at + 3), b.getDouble(at + 3), x.ofProduct(y));
          if (within && at == corr) {
            within =
                Rounding.within(a.getDouble(at + 4), b.getDouble(at + 4), x.ofMoment(2))
                    && Rounding.within(a.getDouble(at + 5), b.getDouble(at + 5), y.ofMoment(2));
          }
          return within;
        };
    return rounding(
        agree,
        (row, odd, even) -> {
          Spread x = Spread.of(row, corr, corr + 1, corr + 4);
          Spread y = Spread.of(row, corr, corr + 2, corr + 5);
          add(row, at + 1, odd * x.ofMean());
          add(row, at + 2, odd * y.ofMean());
          add(row, at + 3, odd * x.ofProduct(y));
          if (at == corr) {
            add(row, at + 4, even * x.ofMoment(2));
            add(row, at + 5, even * y.ofMoment(2));
          }
        });
  }

  private static boolean extreme(InternalRow row, int corr) {
    return !(Math.abs(row.getDouble(corr + 1)) < 1e150
        && Math.abs(row.getDouble(corr + 2)) < 1e150
        && row.getDouble(corr + 4) < 1e300
        && row.getDouble(corr + 5) < 1e300);
  }
}
