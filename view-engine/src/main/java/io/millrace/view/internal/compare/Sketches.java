package io.millrace.view.internal.compare;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.kll.KllDoublesSketch;
import org.apache.datasketches.kll.KllFloatsSketch;
import org.apache.datasketches.kll.KllLongsSketch;
import org.apache.datasketches.kll.KllSketch;
import org.apache.datasketches.memory.Memory;
import org.apache.datasketches.theta.HashIterator;
import org.apache.datasketches.theta.Sketch;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.*;
import org.apache.spark.sql.catalyst.expressions.aggregate.ApproximatePercentile.PercentileDigest;
import org.apache.spark.sql.catalyst.util.QuantileSummaries;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.util.NumericHistogram;
import org.apache.spark.util.collection.OpenHashMap;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * How the objects of typed-imperative aggregates are compared:
 *
 * <ul>
 *   <li>sets, frequencies and tables of counts are equal, in whatever order they are written;
 *   <li>distinct sketches (HLL, theta) hold the same registers, or the same hashes below the
 *       smaller of their thresholds: they are functions of the set of values;
 *   <li>quantile sketches give each of their values a rank within the sum of their rank errors;
 *   <li>frequent items are not compared: a sketch that purges its last item is written as an empty
 *       one, which has forgotten how many values it has seen. A count beside it has not;
 *   <li>histograms have equal mass and, nearly, equal weight.
 * </ul>
 */
final class Sketches {
  /** HLL estimates of equal registers differ by the rounding of the sums they are made of. */
  private static final double ESTIMATE = 1e-6;

  /** Rank error of a KLL sketch is stated at 99 %; this many times it never comes. */
  private static final double KLL_ERRORS = 4;

  private static final double CENTRE = 1e-6;

  private Sketches() {}

  static AggregateComparison of(TypedImperativeAggregate<?> aggregate, int column) {
    @SuppressWarnings("unchecked")
    TypedImperativeAggregate<Object> function = (TypedImperativeAggregate<Object>) aggregate;
    BiPredicate<byte[], byte[]> states = states(aggregate, function);
    AggregateComparison agree = comparison(function, column, states);
    return aggregate instanceof ApproximatePercentile
        ? new Percentiles(function, column, agree)
        : agree;
  }

  private static AggregateComparison comparison(
      TypedImperativeAggregate<Object> function, int column, BiPredicate<byte[], byte[]> states) {
    return (a, b) -> {
      byte[] x = a.isNullAt(column) ? null : a.getBinary(column);
      byte[] y = b.isNullAt(column) ? null : b.getBinary(column);
      if (Arrays.equals(x, y)) {
        return true;
      }
      // A state of no rows is NULL or what the function serializes then.
      return states.test(x == null ? none(function) : x, y == null ? none(function) : y);
    };
  }

  /** As another comparison, with edges. */
  private record Percentiles(
      TypedImperativeAggregate<Object> function, int column, AggregateComparison comparison)
      implements AggregateComparison {
    @Override
    public boolean agree(InternalRow a, InternalRow b) {
      return comparison.agree(a, b);
    }

    @Override
    public List<byte[]> sketches(InternalRow row) {
      if (row.isNullAt(column)) {
        return List.of();
      }
      PercentileDigest digest = (PercentileDigest) function.deserialize(row.getBinary(column));
      return PercentileEdges.of(digest.quantileSummaries()).stream()
          .map(edge -> function.serialize(new PercentileDigest(edge)).clone())
          .toList();
    }
  }

  private static byte[] none(TypedImperativeAggregate<Object> function) {
    return function.serialize(function.createAggregationBuffer()).clone();
  }

  private static BiPredicate<byte[], byte[]> states(
      TypedImperativeAggregate<?> aggregate, TypedImperativeAggregate<Object> function) {
    if (aggregate instanceof TypedAggregateWithHashMapAsBuffer counted) {
      DataType type = counted.child().dataType();
      return of(function, buffer -> counts((OpenHashMap<?, ?>) buffer, type), Map::equals);
    }
    if (aggregate instanceof CollectSet set) {
      DataType type = set.bufferElementType();
      return of(
          function, buffer -> elements((scala.collection.Iterable<?>) buffer, type), Set::equals);
    }
    if (aggregate instanceof ApproximatePercentile) {
      return of(
          function,
          buffer -> new Ranks(((PercentileDigest) buffer).quantileSummaries()),
          Ranks::agree);
    }
    if (aggregate instanceof HistogramNumeric) {
      return of(function, buffer -> Mass.of((NumericHistogram) buffer), Mass::agree);
    }
    if (aggregate instanceof HllSketchAgg || aggregate instanceof HllUnionAgg) {
      return of(
          function,
          buffer -> HllSketch.heapify((byte[]) function.eval(buffer)).getCompositeEstimate(),
          (a, b) -> Math.abs(a - b) <= ESTIMATE * Math.max(a, b));
    }
    if (aggregate instanceof ThetaSketchAgg || aggregate instanceof ThetaUnionAgg) {
      return of(function, buffer -> Hashes.of(((ThetaSketchState) buffer).eval()), Hashes::agree);
    }
    if (aggregate instanceof ApproxTopK || aggregate instanceof ApproxTopKAccumulate) {
      return (a, b) -> true;
    }
    if (aggregate instanceof KllSketchAggBigint
        || aggregate instanceof KllSketchAggFloat
        || aggregate instanceof KllSketchAggDouble) {
      return of(function, Quantiles::of, Quantiles::agree);
    }
    if (aggregate instanceof CountMinSketchAgg) {
      return Arrays::equals;
    }
    return of(
        function,
        buffer -> Optional.ofNullable(SqlValues.key(function.eval(buffer), function.dataType())),
        Optional::equals);
  }

  private static <T> BiPredicate<byte[], byte[]> of(
      TypedImperativeAggregate<Object> function,
      Function<Object, T> reading,
      BiPredicate<T, T> agree) {
    return (a, b) ->
        agree.test(reading.apply(function.deserialize(a)), reading.apply(function.deserialize(b)));
  }

  private static Map<Object, Long> counts(OpenHashMap<?, ?> buffer, DataType type) {
    Map<Object, Long> counts = new HashMap<>();
    CollectionConverters.asJava((scala.collection.Iterable<?>) buffer)
        .forEach(
            entry -> {
              Tuple2<?, ?> pair = (Tuple2<?, ?>) entry;
              counts.merge(
                  Objects.requireNonNull(SqlValues.key(pair._1(), type)),
                  (Long) pair._2(),
                  Long::sum);
            });
    return counts;
  }

  private static Set<Object> elements(scala.collection.Iterable<?> buffer, DataType type) {
    Set<Object> elements = new HashSet<>();
    CollectionConverters.asJava(buffer)
        .forEach(element -> elements.add(SqlValues.key(element, type)));
    return elements;
  }

  /** The ranks that a Greenwald-Khanna summary allows each of its values. */
  private record Ranks(QuantileSummaries summary) {
    /** At least and at most how many values are up to {@code value}. */
    private long[] upTo(double value) {
      long least = 0;
      for (QuantileSummaries.Stats sample : summary.sampled()) {
        if (sample.value() > value) {
          return new long[] {least, least + sample.g() + sample.delta() - 1};
        }
        least += sample.g();
      }
      return new long[] {least, summary.count()};
    }

    boolean agree(Ranks other) {
      if (summary.count() != other.summary.count()) {
        return false;
      }
      double error = Math.max(summary.relativeError(), other.summary.relativeError());
      // Each summary is within its error; a query rounds once more.
      double slack = 2 * error * summary.count() + 1;
      // NaN has no place in the order that merging goes by: with one, ranks mean nothing.
      return unordered() || other.unordered() || (fit(other, slack) && other.fit(this, slack));
    }

    private boolean unordered() {
      return Arrays.stream(summary.sampled()).anyMatch(sample -> Double.isNaN(sample.value()));
    }

    private boolean fit(Ranks other, double slack) {
      for (QuantileSummaries.Stats sample : summary.sampled()) {
        long[] mine = upTo(sample.value());
        long[] theirs = other.upTo(sample.value());
        if (mine[0] > theirs[1] + slack || theirs[0] > mine[1] + slack) {
          return false;
        }
      }
      return true;
    }
  }

  /** How many values a histogram has, and their sum. */
  private record Mass(double count, double sum, double size) {
    static Mass of(NumericHistogram histogram) {
      double count = 0;
      double sum = 0;
      double size = 0;
      for (int i = 0; i < histogram.getUsedBins(); i++) {
        NumericHistogram.Coord bin = histogram.getBin(i);
        count += bin.y;
        sum += bin.x * bin.y;
        size = Math.max(size, Math.abs(bin.x));
      }
      return new Mass(count, sum, size);
    }

    boolean agree(Mass other) {
      double most = Math.max(size, other.size);
      return count == other.count
          && (Double.isNaN(most)
              || Rounding.within(sum, other.sum, CENTRE * count * Math.max(1, most)));
    }
  }

  /** The hashes of a theta sketch, which are all there were below its threshold. */
  private record Hashes(long threshold, Set<Long> hashes) {
    static Hashes of(byte[] bytes) {
      Sketch sketch = Sketch.heapify(Memory.wrap(bytes));
      Set<Long> hashes = new HashSet<>();
      HashIterator iterator = sketch.iterator();
      while (iterator.next()) {
        hashes.add(iterator.get());
      }
      return new Hashes(sketch.getThetaLong(), hashes);
    }

    boolean agree(Hashes other) {
      long both = Math.min(threshold, other.threshold);
      return below(both).equals(other.below(both));
    }

    private Set<Long> below(long bound) {
      return hashes.stream().filter(hash -> hash < bound).collect(Collectors.toSet());
    }
  }

  /** Number, extremes and quantiles of a KLL sketch. */
  private record Quantiles(
      long count,
      List<Double> extremes,
      double[] points,
      ToDoubleFunction<Double> rank,
      double error) {
    private static final double[] FRACTIONS = {0.05, 0.25, 0.5, 0.75, 0.95};

    static Quantiles of(Object buffer) {
      KllSketch sketch = (KllSketch) buffer;
      if (sketch.isEmpty()) {
        return new Quantiles(0, List.of(), new double[0], point -> 0, 0);
      }
      double error = sketch.getNormalizedRankError(false);
      if (sketch instanceof KllLongsSketch longs) {
        return new Quantiles(
            longs.getN(),
            List.of((double) longs.getMinItem(), (double) longs.getMaxItem()),
            Arrays.stream(longs.getQuantiles(FRACTIONS)).asDoubleStream().toArray(),
            point -> longs.getRank(point.longValue()),
            error);
      }
      if (sketch instanceof KllFloatsSketch floats) {
        float[] quantiles = floats.getQuantiles(FRACTIONS);
        double[] points = new double[quantiles.length];
        for (int i = 0; i < points.length; i++) {
          points[i] = quantiles[i];
        }
        return new Quantiles(
            floats.getN(),
            List.of((double) floats.getMinItem() + 0.0, (double) floats.getMaxItem() + 0.0),
            points,
            point -> floats.getRank(point.floatValue()),
            error);
      }
      KllDoublesSketch doubles = (KllDoublesSketch) sketch;
      return new Quantiles(
          doubles.getN(),
          List.of(doubles.getMinItem() + 0.0, doubles.getMaxItem() + 0.0),
          doubles.getQuantiles(FRACTIONS),
          doubles::getRank,
          error);
    }

    boolean agree(Quantiles other) {
      if (count != other.count || !extremes.equals(other.extremes)) {
        return false;
      }
      double bound = KLL_ERRORS * Math.max(error, other.error);
      return near(points, other, bound) && near(other.points, other, bound);
    }

    private boolean near(double[] at, Quantiles other, double bound) {
      return Arrays.stream(at)
          .allMatch(
              point ->
                  Math.abs(rank.applyAsDouble(point) - other.rank.applyAsDouble(point)) <= bound);
    }
  }
}
