package io.millrace.testkit.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.view.CompiledView;
import io.millrace.view.GroupState;
import io.millrace.view.SourceRow;
import io.millrace.view.SourceRows;
import io.millrace.view.StateComparison;
import io.millrace.view.ViewProgram;
import io.millrace.view.spark.SparkViews;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The laws of {@link StateComparison} on doubles that are hard on sums: rows in any order and split
 * have no difference; a row too few, twice, or with another value has one.
 */
final class StateComparisonLaws {
  private static final int SPLITS = 20;
  private static final Row BASE = Things.rows(1, 1).get(0);
  private static final StructType SCHEMA = SparkViews.sourceSchema(Things.SOURCE);

  private static final List<String> AGGREGATES =
      List.of(
          "sum(x)",
          "avg(x)",
          "avg(n)",
          "avg(u)",
          "max(x)",
          "min(x)",
          "var_pop(x)",
          "stddev(x)",
          "skewness(x)",
          "kurtosis(x)",
          "covar_samp(x, d)",
          "corr(x, d)",
          "regr_slope(x, d)",
          "regr_intercept(x, d)",
          "regr_r2(x, d)",
          "regr_sxy(x, d)",
          "percentile(x, 0.5)",
          "collect_set(x)",
          "max_by(x, struct(n, x))",
          "approx_percentile(x, 0.5, 50)",
          "approx_count_distinct(x)",
          "kll_sketch_agg_double(x)",
          "theta_sketch_agg(x)",
          "histogram_numeric(x, 5)",
          "approx_top_k(u, 3, 16)");

  private static Named<ToDoubleFunction<Random>> values(
      String name, ToDoubleFunction<Random> values) {
    return Named.of(name, values);
  }

  static Stream<Named<ToDoubleFunction<Random>>> hard() {
    return Stream.of(
        values("cancelling", random -> (random.nextBoolean() ? 1e16 : -1e16) + random.nextInt(9)),
        values("epoch millis", random -> 1.7e12 + random.nextInt(100_000)),
        values("epoch millis close together", random -> 1.7e12 + random.nextInt(3)),
        values("one value", random -> 1.7e12 + 0.1),
        values("zeros", random -> random.nextBoolean() ? 0.0 : -0.0),
        values("cents", random -> random.nextInt(1000) / 100.0 + 0.005),
        values("sizes", random -> Math.pow(10, random.nextInt(40) - 20) * random.nextGaussian()),
        values("large", random -> random.nextGaussian() * 1e200),
        values("small", random -> random.nextGaussian() * 1e-200),
        values("overflowing", random -> random.nextGaussian() * 1e308),
        values(
            "not numbers", random -> random.nextInt(50) == 0 ? Double.NaN : random.nextGaussian()),
        values(
            "infinite",
            random ->
                random.nextInt(50) == 0
                    ? (random.nextBoolean() ? 1 : -1) / 0.0
                    : random.nextGaussian()));
  }

  @ParameterizedTest
  @MethodSource("hard")
  void shouldFindNoDifferenceInAnyOrderOrSplit(ToDoubleFunction<Random> values) {
    LawSeed.each(
        seed -> {
          Random random = new Random(seed);
          List<Row> rows = rows(values, random, 400);
          Fixture fixture = Fixture.of(AGGREGATES);
          byte[] expected = fixture.state(List.of(rows));
          for (int i = 0; i < SPLITS; i++) {
            List<Row> shuffled = new ArrayList<>(rows);
            Collections.shuffle(shuffled, random);
            byte[] found = fixture.state(split(shuffled, random));
            assertThat(fixture.comparison.compare(expected, found)).as("seed %d", seed).isEmpty();
            assertThat(fixture.comparison.compare(found, expected)).as("seed %d", seed).isEmpty();
          }
        });
  }

  @ParameterizedTest
  @MethodSource("hard")
  void shouldFindARowTooFewAndOneTwice(ToDoubleFunction<Random> values) {
    LawSeed.each(
        seed -> {
          Random random = new Random(seed);
          List<Row> rows = rows(values, random, 400);
          byte[] expected;
          for (String aggregate : List.of("sum(x)", "avg(x)", "var_pop(x)", "corr(x, d)")) {
            Fixture fixture = Fixture.of(List.of(aggregate));
            expected = fixture.state(List.of(rows));
            List<Row> fewer = new ArrayList<>(rows);
            Row gone = fewer.remove(random.nextInt(fewer.size()));
            List<Row> more = new ArrayList<>(rows);
            more.add(gone);
            assertThat(fixture.comparison.compare(expected, fixture.state(split(fewer, random))))
                .as("%s without a row, seed %d", aggregate, seed)
                .isNotEmpty();
            assertThat(fixture.comparison.compare(expected, fixture.state(split(more, random))))
                .as("%s with a row twice, seed %d", aggregate, seed)
                .isNotEmpty();
          }
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sum(x)",
        "avg(x)",
        "max(x)",
        "min(x)",
        "var_pop(x)",
        "skewness(x)",
        "covar_pop(x, d)",
        "regr_slope(d, x)",
        "percentile(x, 0.5)",
        "collect_set(x)",
        "approx_count_distinct(x)",
        "theta_sketch_agg(x)",
        "kll_sketch_agg_double(x)",
        "histogram_numeric(x, 5)"
      })
  void shouldFindAChangedValue(String aggregate) {
    LawSeed.each(
        seed -> {
          Random random = new Random(seed);
          List<Row> rows = rows(any -> any.nextInt(100_000) / 100.0, random, 400);
          Fixture fixture = Fixture.of(List.of(aggregate));
          byte[] expected = fixture.state(List.of(rows));
          List<Row> changed = new ArrayList<>(rows);
          // A value past all others, which extremes show too.
          double x = aggregate.startsWith("min") ? -1e6 : 1e6;
          changed.set(7, row(changed.get(7).getLong(SCHEMA.fieldIndex("n")), x));
          assertThat(fixture.comparison.compare(expected, fixture.state(split(changed, random))))
              .as("seed %d", seed)
              .isNotEmpty();
        });
  }

  /** What a sketch is finished to lies between what those at its edges are; the edges are near. */
  @ParameterizedTest
  @MethodSource("hard")
  void shouldHavePercentilesOfAnyOrderBetweenTheEdges(ToDoubleFunction<Random> values) {
    LawSeed.each(
        seed -> {
          Random random = new Random(seed);
          int accuracy = random.nextBoolean() ? 20 : 200;
          Fixture fixture =
              new Fixture(
                  List.of(
                      "approx_percentile(x, array(0.0, 0.01, 0.3, 0.5, 0.99, 1.0), "
                          + accuracy
                          + ")"));
          List<Row> rows = rows(values, random, 1 + random.nextInt(1500));
          double[] sorted =
              rows.stream().mapToDouble(row -> row.getDouble(SCHEMA.fieldIndex("x"))).toArray();
          Arrays.sort(sorted);
          if (Double.isNaN(sorted[sorted.length - 1])) {
            return;
          }
          List<List<byte[]>> edges = fixture.comparison.edges(fixture.state(split(rows, random)));
          assertThat(edges).hasSize(1);
          List<Double> high = fixture.percentiles(edges.get(0).get(0));
          List<Double> low = fixture.percentiles(edges.get(0).get(1));
          for (int i = 0; i < SPLITS; i++) {
            List<Row> shuffled = new ArrayList<>(rows);
            Collections.shuffle(shuffled, random);
            List<Double> found = fixture.percentiles(fixture.state(split(shuffled, random)));
            for (int p = 0; p < found.size(); p++) {
              assertThat(found.get(p))
                  .as("percentile %d, seed %d", p, seed)
                  .isBetween(low.get(p), high.get(p));
            }
          }
          // As far as the edges may be, and a summary and a query may be wrong.
          double ranks = 7.0 / accuracy * sorted.length + 4;
          double[] asked = {0.0, 0.01, 0.3, 0.5, 0.99, 1.0};
          for (int p = 0; p < asked.length; p++) {
            assertThat(high.get(p)).isLessThanOrEqualTo(at(sorted, asked[p], ranks));
            assertThat(low.get(p)).isGreaterThanOrEqualTo(at(sorted, asked[p], -ranks));
          }
        });
  }

  private static double at(double[] sorted, double fraction, double more) {
    long rank = Math.round(fraction * sorted.length + more);
    return sorted[(int) Math.max(0, Math.min(sorted.length - 1, rank))] + 0.0;
  }

  private static List<Row> rows(ToDoubleFunction<Random> values, Random random, int count) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(row(1_700_000_000_000L * 1000 + i, values.applyAsDouble(random)));
    }
    return rows;
  }

  private static Row row(long n, double x) {
    Object[] values = new Object[SCHEMA.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = BASE.get(i);
    }
    values[SCHEMA.fieldIndex("n")] = n;
    values[SCHEMA.fieldIndex("x")] = x;
    values[SCHEMA.fieldIndex("d")] = 1.7e12 + n % 1000;
    values[SCHEMA.fieldIndex("u")] = (int) Math.abs(n % 40);
    return RowFactory.create(values);
  }

  private static List<List<Row>> split(List<Row> rows, Random random) {
    List<List<Row>> parts = new ArrayList<>();
    int from = 0;
    for (int part = random.nextInt(9); part > 0; part--) {
      int to = from + random.nextInt(rows.size() - from + 1);
      parts.add(rows.subList(from, to));
      from = to;
    }
    parts.add(rows.subList(from, rows.size()));
    return parts;
  }

  /** A view of one group with the aggregates. Holds no rows, so that tests share it. */
  private static final class Fixture {
    static final Map<List<String>, Fixture> COMPILED = new HashMap<>();
    static final Function<Row, SourceRow> SOURCE = SourceRows.reader(SCHEMA);

    final ViewProgram program;
    final StateComparison comparison;

    static Fixture of(List<String> aggregates) {
      return COMPILED.computeIfAbsent(aggregates, Fixture::new);
    }

    private Fixture(List<String> aggregates) {
      CompiledView view =
          Things.view("compared", "SELECT " + String.join(", ", aggregates) + " FROM things");
      program = view.newProgram();
      comparison = view.newComparison();
    }

    /** What the only column is finished to. */
    @SuppressWarnings("unchecked")
    List<Double> percentiles(byte[] state) {
      List<Object> row = program.evaluate(new byte[0], program.decodeState(state)).orElseThrow();
      return ((List<Double>) row.get(0)).stream().map(value -> value + 0.0).toList();
    }

    byte[] state(List<List<Row>> parts) {
      GroupState all = program.newState();
      for (List<Row> part : parts) {
        GroupState state = program.newState();
        part.forEach(row -> program.update(SOURCE.apply(row), key -> state));
        program.merge(all, program.decodeState(program.encodeState(state)));
      }
      return program.encodeState(all);
    }
  }
}
