package io.millrace.testkit.laws;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Calls of every aggregate function that a view may use, over every kind of argument it takes. A
 * new aggregate function belongs here, or among {@link #REFUSED}.
 */
final class AggregateCases {
  /** Stands in {@link Case#expression} where a FILTER clause may follow the aggregate. */
  static final String FILTER = "@";

  /** Calls of the functions that no view may use, by name. */
  static final Map<String, String> REFUSED =
      Map.ofEntries(
          Map.entry("any_value", "any_value(u)"),
          Map.entry(
              "approx_top_k_combine",
              "approx_top_k_combine(named_struct('sketch', h, 'maxItemsTracked', 10,"
                  + " 'itemDataType', 'x', 'itemDataTypeDDL', 'item string not null'))"),
          Map.entry("array_agg", "array_agg(u)"),
          Map.entry("collect_list", "collect_list(u)"),
          Map.entry("first", "first(u)"),
          Map.entry("first_value", "first_value(u)"),
          Map.entry("last", "last(u)"),
          Map.entry("last_value", "last_value(u)"),
          Map.entry("listagg", "listagg(s)"),
          Map.entry("string_agg", "string_agg(s)"),
          Map.entry("theta_intersection_agg", "theta_intersection_agg(theta)"));

  private static final List<String> ORDERED =
      List.of("i", "l", "d", "z", "f", "m", "p", "w", "s", "b", "t", "v", "y", "e", "h", "a", "r");
  private static final List<String> INTEGERS =
      List.of("cast(u AS tinyint)", "cast(i AS smallint)", "i", "l");

  /**
   * @param function its name
   * @param expression a call
   * @param check how its result is judged
   * @param twin an exact expression that the check wants, or null
   */
  record Case(String function, String expression, ColumnCheck check, String twin) {}

  private final List<Case> cases = new ArrayList<>();

  private AggregateCases() {}

  static List<Case> all() {
    AggregateCases all = new AggregateCases();
    all.countsAndExtremes();
    all.sums();
    all.moments();
    all.bits();
    all.sets();
    all.exactQuantiles();
    all.approximateQuantiles();
    all.distinctSketches();
    all.frequencySketches();
    return all.cases;
  }

  private void countsAndExtremes() {
    equal("count", "count(*)", "count(i)", "count(s, b, d)", "count(a)");
    equal("count_if", "count_if(b)", "count_if(u > 100)");
    for (String column : ORDERED) {
      equal("max", "max(" + column + ")");
      equal("min", "min(" + column + ")");
      equal("max_by", "max_by(" + column + ", n)");
      equal("min_by", "min_by(" + column + ", n)");
    }
    equal("max", "max(v - t)", "max(make_ym_interval(g))");
    equal("max_by", "max_by(n, struct(d, n))", "max_by(o, n)");
    equal("min_by", "min_by(c, struct(s, n))");
    for (String name : List.of("bool_and", "every", "bool_or", "any", "some")) {
      equal(name, name + "(b)", name + "(u > 10)");
    }
  }

  private void sums() {
    List<String> numbers = new ArrayList<>(INTEGERS);
    numbers.addAll(List.of("u", "d", "x", "z", "p", "m", "w", "g * m", "f"));
    for (String number : numbers) {
      equal("sum", "sum(" + number + ")");
    }
    for (String number : List.of("u", "i", "d", "x", "m", "p", "w")) {
      equal("try_sum", "try_sum(" + number + ")");
    }
    for (String number :
        List.of("cast(u AS tinyint)", "i", "l >> 20", "u", "d", "x", "z", "f", "p", "m", "w")) {
      equal("avg", "avg(" + number + ")");
    }
    equal("mean", "mean(d)", "mean(m)");
    equal("try_avg", "try_avg(d)", "try_avg(m)", "try_avg(i)");
    for (String interval : List.of("make_dt_interval(0, g, u, 1.5)", "make_ym_interval(g, u)")) {
      equal("sum", "sum(" + interval + ")");
      equal("avg", "avg(" + interval + ")");
      equal("try_sum", "try_sum(" + interval + ")");
      equal("try_avg", "try_avg(" + interval + ")");
    }
  }

  private void moments() {
    for (String name :
        List.of(
            "std",
            "stddev",
            "stddev_samp",
            "stddev_pop",
            "variance",
            "var_samp",
            "var_pop",
            "skewness",
            "kurtosis")) {
      equal(name, name + "(x)", name + "(m)");
    }
    for (String name :
        List.of(
            "corr",
            "covar_pop",
            "covar_samp",
            "regr_count",
            "regr_avgx",
            "regr_avgy",
            "regr_r2",
            "regr_sxx",
            "regr_sxy",
            "regr_syy",
            "regr_slope",
            "regr_intercept")) {
      equal(name, name + "(x, d)");
    }
  }

  private void bits() {
    for (String name : List.of("bit_and", "bit_or", "bit_xor")) {
      for (String number : INTEGERS) {
        equal(name, name + "(" + number + ")");
      }
    }
    equal("bitmap_construct_agg", "bitmap_construct_agg(bitmap_bit_position(u))");
    equal("bitmap_or_agg", "bitmap_or_agg(h)", "bitmap_count(bitmap_or_agg(hll)@)");
    equal("bitmap_and_agg", "bitmap_and_agg(h)");
    equal("schema_of_variant_agg", "schema_of_variant_agg(parse_json(to_json(r)))");
  }

  private void sets() {
    for (String column : ORDERED) {
      add("collect_set", "collect_set(" + column + ")@", Checks.equalSets(), null);
    }
    equal("collect_set", "array_sort(collect_set(u)@)", "size(collect_set(struct(s, g))@)");
  }

  private void exactQuantiles() {
    equal("median", "median(d)", "median(u)", "median(i)", "median(z)");
    equal("percentile", "percentile(d, 0.3)", "percentile(u, array(0.0, 0.5, 1.0))");
    equal("percentile", "percentile(u, 0.5, g + 1)");
    equal("percentile_cont", "percentile_cont(0.25) WITHIN GROUP (ORDER BY d)@");
    equal("percentile_cont", "percentile_cont(0.25) WITHIN GROUP (ORDER BY u DESC)@");
    equal("percentile_disc", "percentile_disc(0.9) WITHIN GROUP (ORDER BY d)@");
    equal("percentile_disc", "percentile_disc(0.9) WITHIN GROUP (ORDER BY i DESC)@");
    equal("mode", "mode() WITHIN GROUP (ORDER BY u)@", "mode() WITHIN GROUP (ORDER BY s DESC)@");
    equal("mode", "mode(s, true)", "mode(u, true)");
    add("mode", "mode(u)@", Checks.mostFrequent(), "collect_list(u)@");
  }

  private void approximateQuantiles() {
    for (String name : List.of("percentile_approx", "approx_percentile")) {
      add(name, name + "(u, 0.5)@", Checks.rank(0.5, 1e-4), "collect_list(u)@");
      add(name, name + "(d, 0.9)@", Checks.rank(0.9, 1e-4), "collect_list(d)@");
      add(name, name + "(x, 0.1, 20)@", Checks.rank(0.1, 1.0 / 20), "collect_list(x)@");
      equal(name, name + "(t, 0.5)", name + "(m, array(0.1, 0.5))", name + "(e, 0.5)");
    }
    for (String[] sketch : new String[][] {{"bigint", "u"}, {"float", "f"}, {"double", "d"}}) {
      String agg = "kll_sketch_agg_" + sketch[0];
      String call = agg + "(" + sketch[1] + ")@";
      String all = "collect_list(" + sketch[1] + ")@";
      String count = "kll_sketch_get_n_" + sketch[0] + "(" + call + ")";
      String quantile = "kll_sketch_get_quantile_" + sketch[0] + "(" + call + ", 0.5)";
      add(
          agg,
          "CASE WHEN %s > 0 THEN %s END".formatted(count, quantile),
          Checks.rank(0.5, 0.0133),
          all);
      equal(agg, count);
    }
    // Which bins there are depends on the order of values, in Spark too; their mass does not.
    for (String mass : List.of("bin.y", "bin.x * bin.y")) {
      equal(
          "histogram_numeric",
          "aggregate(histogram_numeric(d, 8)@, 0D, (acc, bin) -> acc + %s)".formatted(mass));
    }
  }

  private void distinctSketches() {
    for (String column : ORDERED) {
      if (!List.of("a", "r").contains(column)) {
        equal("approx_count_distinct", "approx_count_distinct(" + column + ")");
      }
    }
    equal("approx_count_distinct", "approx_count_distinct(u, 0.2)");
    ColumnCheck estimate = Checks.near(value -> ((Number) value).doubleValue(), 0.02);
    for (String column : List.of("i", "l", "s", "h")) {
      String hll = "hll_sketch_estimate(hll_sketch_agg(" + column + ")@)";
      add("hll_sketch_agg", hll, estimate, null);
    }
    for (String column : List.of("i", "l", "s", "h", "d", "f")) {
      String theta = "theta_sketch_estimate(theta_sketch_agg(" + column + ")@)";
      add("theta_sketch_agg", theta, estimate, null);
    }
    add("hll_union_agg", "hll_sketch_estimate(hll_union_agg(hll)@)", estimate, null);
    add("theta_union_agg", "theta_sketch_estimate(theta_union_agg(theta)@)", estimate, null);
  }

  private void frequencySketches() {
    equal("count_min_sketch", "count_min_sketch(u, 0.01D, 0.9D, 42)");
    equal("count_min_sketch", "count_min_sketch(s, 0.05D, 0.9D, 7)");
    for (String column : List.of("u", "s", "e", "m")) {
      String all = "transform(array_agg(named_struct('item', " + column + "))@, s -> s.item)";
      add("approx_top_k", "approx_top_k(" + column + ", 3, 1000)@", Checks.topCounts(3), all);
      add(
          "approx_top_k_accumulate",
          "approx_top_k_estimate(approx_top_k_accumulate(" + column + ", 1000)@, 3)",
          Checks.topCounts(3),
          all);
    }
  }

  private void equal(String function, String... expressions) {
    for (String expression : expressions) {
      add(function, expression, Checks.equal(), null);
    }
  }

  private void add(String function, String expression, ColumnCheck check, String twin) {
    String call = expression.contains(FILTER) ? expression : expression + FILTER;
    cases.add(new Case(function, call, check, twin));
  }
}
