package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.expressions.AggregateWindowFunction;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import scala.jdk.javaapi.CollectionConverters;

/** Every aggregate that Spark registers is either run here or refused here; none is forgotten. */
class AggregateCatalogueTest {
  /** A call of each accepted aggregate. */
  private static final Map<String, String> ACCEPTED =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("any", "any(flag)"),
              Map.entry("approx_count_distinct", "approx_count_distinct(customer_id)"),
              Map.entry("approx_percentile", "approx_percentile(price, 0.5)"),
              Map.entry("approx_top_k", "approx_top_k(category, 3)"),
              Map.entry("approx_top_k_accumulate", "approx_top_k_accumulate(category)"),
              Map.entry("avg", "avg(amount)"),
              Map.entry("bit_and", "bit_and(quantity)"),
              Map.entry("bit_or", "bit_or(quantity)"),
              Map.entry("bit_xor", "bit_xor(quantity)"),
              Map.entry("bitmap_and_agg", "bitmap_and_agg(unhex(customer_id))"),
              Map.entry("bitmap_construct_agg", "bitmap_construct_agg(quantity)"),
              Map.entry("bitmap_or_agg", "bitmap_or_agg(unhex(customer_id))"),
              Map.entry("bool_and", "bool_and(flag)"),
              Map.entry("bool_or", "bool_or(flag)"),
              Map.entry("collect_set", "array_sort(collect_set(category))"),
              Map.entry("corr", "corr(price, quantity)"),
              Map.entry("count", "count(quantity)"),
              Map.entry("count_if", "count_if(quantity > 1)"),
              Map.entry("count_min_sketch", "count_min_sketch(category, 0.5d, 0.5d, 1)"),
              Map.entry("covar_pop", "covar_pop(price, quantity)"),
              Map.entry("covar_samp", "covar_samp(price, quantity)"),
              Map.entry("every", "every(flag)"),
              Map.entry("histogram_numeric", "histogram_numeric(price, 5)"),
              Map.entry("hll_sketch_agg", "hll_sketch_estimate(hll_sketch_agg(quantity))"),
              Map.entry("kll_sketch_agg_bigint", "kll_sketch_agg_bigint(quantity)"),
              Map.entry("kll_sketch_agg_double", "kll_sketch_agg_double(price)"),
              Map.entry("kll_sketch_agg_float", "kll_sketch_agg_float(CAST(price AS FLOAT))"),
              Map.entry("kurtosis", "kurtosis(price)"),
              Map.entry("max", "max(category)"),
              Map.entry("max_by", "max_by(category, quantity)"),
              Map.entry("mean", "mean(price)"),
              Map.entry("median", "median(price)"),
              Map.entry("min", "min(ordered_at)"),
              Map.entry("min_by", "min_by(category, quantity)"),
              Map.entry("mode", "mode(category)"),
              Map.entry("percentile", "percentile(price, 0.3)"),
              Map.entry("percentile_approx", "percentile_approx(price, 0.5)"),
              Map.entry("percentile_cont", "percentile_cont(0.5) WITHIN GROUP (ORDER BY price)"),
              Map.entry("percentile_disc", "percentile_disc(0.5) WITHIN GROUP (ORDER BY price)"),
              Map.entry("regr_avgx", "regr_avgx(price, quantity)"),
              Map.entry("regr_avgy", "regr_avgy(price, quantity)"),
              Map.entry("regr_count", "regr_count(price, quantity)"),
              Map.entry("regr_intercept", "regr_intercept(price, quantity)"),
              Map.entry("regr_r2", "regr_r2(price, quantity)"),
              Map.entry("regr_slope", "regr_slope(price, quantity)"),
              Map.entry("regr_sxx", "regr_sxx(price, quantity)"),
              Map.entry("regr_sxy", "regr_sxy(price, quantity)"),
              Map.entry("regr_syy", "regr_syy(price, quantity)"),
              Map.entry(
                  "schema_of_variant_agg",
                  "schema_of_variant_agg(parse_json(concat('[', price, ']')))"),
              Map.entry("skewness", "skewness(price)"),
              Map.entry("some", "some(flag)"),
              Map.entry("std", "std(price)"),
              Map.entry("stddev", "stddev(price)"),
              Map.entry("stddev_pop", "stddev_pop(price)"),
              Map.entry("stddev_samp", "stddev_samp(price)"),
              Map.entry("sum", "sum(quantity)"),
              Map.entry("theta_sketch_agg", "theta_sketch_estimate(theta_sketch_agg(quantity))"),
              Map.entry("try_avg", "try_avg(quantity)"),
              Map.entry("try_sum", "try_sum(quantity)"),
              Map.entry("var_pop", "var_pop(price)"),
              Map.entry("var_samp", "var_samp(price)"),
              Map.entry("variance", "variance(price)")));

  /** Aggregates of sketches: which aggregate of one row makes the payload they take. */
  private static final Map<String, List<String>> OF_SKETCHES =
      Map.of(
          "hll_union_agg",
          List.of("hll_sketch_agg(quantity)", "hll_sketch_estimate(hll_union_agg(payload))"),
          "theta_union_agg",
          List.of("theta_sketch_agg(quantity)", "theta_sketch_estimate(theta_union_agg(payload))"));

  private static final Map<String, String> REFUSED =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("any_value", "any_value(category)"),
              Map.entry(
                  "approx_top_k_combine",
                  "approx_top_k_combine(named_struct('sketch', payload, 'maxItemsTracked', 1,"
                      + " 'itemDataType', 'x', 'itemDataTypeDDL', 'item string not null'))"),
              Map.entry("array_agg", "array_agg(category)"),
              Map.entry("collect_list", "collect_list(category)"),
              Map.entry("first", "first(category)"),
              Map.entry("first_value", "first_value(category)"),
              Map.entry("last", "last(category)"),
              Map.entry("last_value", "last_value(category)"),
              Map.entry("listagg", "listagg(category)"),
              Map.entry("string_agg", "string_agg(category)"),
              Map.entry("theta_intersection_agg", "theta_intersection_agg(payload)")));

  @Test
  void shouldKnowEveryRegisteredAggregate() throws ClassNotFoundException {
    Set<String> known = new TreeSet<>(ACCEPTED.keySet());
    known.addAll(OF_SKETCHES.keySet());
    known.addAll(REFUSED.keySet());

    assertThat(registered()).containsExactlyElementsOf(known);
  }

  @TestFactory
  List<DynamicTest> shouldRefuse() {
    return REFUSED.entrySet().stream()
        .map(entry -> dynamicTest(entry.getKey(), () -> expectRefusal(entry.getValue())))
        .toList();
  }

  @TestFactory
  List<DynamicTest> shouldMerge() {
    List<DynamicTest> tests = new ArrayList<>();
    ACCEPTED.forEach(
        (name, call) -> tests.add(dynamicTest(name, () -> checkMerge(call, row -> row))));
    OF_SKETCHES.forEach(
        (name, calls) ->
            tests.add(dynamicTest(name, () -> checkMerge(calls.get(1), sketching(calls.get(0))))));
    return tests;
  }

  private static Set<String> registered() throws ClassNotFoundException {
    Set<String> names = new TreeSet<>();
    FunctionRegistry$ all = FunctionRegistry$.MODULE$;
    for (FunctionIdentifier id : CollectionConverters.asJava(all.builtin().listFunction())) {
      ExpressionInfo info = all.builtin().lookupFunction(id).get();
      Class<?> type = Class.forName(info.getClassName());
      boolean aggregate =
          AggregateFunction.class.isAssignableFrom(type)
              && !AggregateWindowFunction.class.isAssignableFrom(type);
      if (info.getGroup().equals("agg_funcs") || aggregate) {
        names.add(id.funcName());
      }
    }
    // They name the grouping set a row belongs to: analysed into group columns.
    names.removeAll(Set.of("grouping", "grouping_id"));
    return names;
  }

  private static void expectRefusal(String call) {
    assertThatThrownBy(
            () -> TestView.compile("SELECT category,\n  " + call + " FROM orders GROUP BY 1"))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_MERGEABLE))
        .hasMessageStartingWith("cannot compile view v: line 2, column 3: found `")
        .hasMessageContaining(call.substring(0, Math.min(call.length(), 100)))
        .hasMessageContaining("expected an aggregate whose partial states merge; ");
  }

  private static UnaryOperator<Map<String, Object>> sketching(String call) {
    return row -> {
      if (row.get("quantity") != null) {
        TestView sketch = new TestView("SELECT " + call + " FROM orders").update(row);
        row.put("payload", sketch.rows().get(0).get(0));
      }
      return row;
    };
  }

  /** One pass equals any split, merged in any order, through bytes, and updated after decoding. */
  private static void checkMerge(String call, UnaryOperator<Map<String, Object>> prepare) {
    String sql = "SELECT " + call + " FROM orders";
    long seed = ThreadLocalRandom.current().nextLong();
    Random random = new Random(seed);
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      rows.add(prepare.apply(randomRow(random)));
    }
    TestView whole = new TestView(sql);
    rows.forEach(whole::update);
    TestView parts = new TestView(sql);
    TestView merged = new TestView(sql);
    for (Map<String, Object> row : rows) {
      parts.update(row);
      if (random.nextInt(7) == 0) {
        merged.mergeAll(parts);
        parts.groups.clear();
      } else if (random.nextInt(5) == 0) {
        parts.groups.replaceAll(
            (key, state) -> parts.program.decodeState(parts.program.encodeState(state)));
      }
    }
    merged.mergeAll(parts);
    merged.mergeAll(new TestView(sql));
    merged.groups.values().forEach(state -> merged.program.merge(state, merged.program.newState()));

    boolean exact = whole.view.columns().get(0).exact();
    List<List<Object>> expected = whole.rows();
    List<List<Object>> actual = merged.rows();
    assertThat(actual).as("seed %d", seed).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertSame(actual.get(i).get(0), expected.get(i).get(0), exact, seed);
    }
    assertThat(whole.rows()).as("evaluating twice, seed %d", seed).hasSameSizeAs(expected);
    emptyStateEvaluates(whole);
  }

  private static void assertSame(Object actual, Object expected, boolean exact, long seed) {
    if (expected instanceof Double number && !number.isNaN()) {
      assertThat((Double) actual)
          .as("seed %d", seed)
          .isCloseTo(number, offset(Math.max(1e-9, Math.abs(number) * (exact ? 0 : 1e-9))));
    } else if (exact || expected == null) {
      assertThat(actual).as("seed %d", seed).isEqualTo(expected);
    } else {
      assertThat(actual).as("seed %d", seed).isNotNull();
    }
  }

  private static void emptyStateEvaluates(TestView view) {
    if (view.view.global()) {
      GroupState empty =
          view.program.decodeState(view.program.encodeState(view.program.newState()));
      assertThat(view.program.evaluate(new byte[0], empty)).isPresent();
    }
  }

  private static Map<String, Object> randomRow(Random random) {
    Map<String, Object> row = new HashMap<>();
    put(row, "category", random, () -> "c" + random.nextInt(4));
    put(row, "customer_id", random, () -> "%04d".formatted(random.nextInt(40)));
    put(row, "amount", random, () -> BigDecimal.valueOf(random.nextInt(100_000), 2));
    put(row, "price", random, () -> random.nextInt(1000) / 8.0);
    put(row, "quantity", random, () -> random.nextInt(200));
    put(row, "flag", random, random::nextBoolean);
    put(row, "ordered_at", random, () -> Instant.ofEpochSecond(random.nextInt(1_000_000_000)));
    return row;
  }

  private static void put(
      Map<String, Object> row, String column, Random random, Supplier<Object> value) {
    row.put(column, random.nextInt(6) == 0 ? null : value.get());
  }
}
