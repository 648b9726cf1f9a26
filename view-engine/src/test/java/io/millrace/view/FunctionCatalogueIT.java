package io.millrace.view;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.millrace.control.error.MillraceException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Every function that Spark registers, {@link AggregateCatalogueTest aggregates} apart, either
 * computes the examples of its documentation in a view, or is refused when the view is compiled,
 * for a reason that is listed here. None is forgotten, and none lacks a class.
 */
class FunctionCatalogueIT {
  /** Functions of which examples are refused, by what the message says. */
  private static final Map<String, List<String>> REFUSED =
      Map.ofEntries(
          Map.entry(
              "which depends on when it is computed",
              List.of(
                  "convert_timezone",
                  "curdate",
                  "current_catalog",
                  "current_database",
                  "current_date",
                  "current_schema",
                  "current_time",
                  "current_timestamp",
                  "current_timezone",
                  "current_user",
                  "localtimestamp",
                  "now",
                  "session_user",
                  "unix_timestamp",
                  "user")),
          Map.entry(
              "that gives the same value for the same record every time",
              List.of(
                  "aes_encrypt",
                  "input_file_block_length",
                  "input_file_block_start",
                  "input_file_name",
                  "java_method",
                  "monotonically_increasing_id",
                  "rand",
                  "randn",
                  "random",
                  "randstr",
                  "reflect",
                  "shuffle",
                  "spark_partition_id",
                  "try_reflect",
                  "uniform",
                  "uuid")),
          Map.entry("which fails on purpose", List.of("assert_true", "raise_error")),
          Map.entry("found window function", List.of("lag", "lead")),
          Map.entry("whose windows grow together", List.of("session_window")),
          Map.entry("window_time(window)", List.of("window_time")),
          // Spark has it switched off.
          Map.entry(
              "The data type TIME is not supported",
              List.of(
                  "extract",
                  "hour",
                  "make_time",
                  "minute",
                  "second",
                  "time",
                  "time_diff",
                  "time_trunc",
                  "to_time",
                  "try_to_time")),
          Map.entry(
              "Geospatial feature is disabled",
              List.of("st_asbinary", "st_geogfromwkb", "st_geomfromwkb", "st_setsrid", "st_srid")),
          // A library of its own that no layer has.
          Map.entry(
              "the Avro data source is not loaded",
              List.of("from_avro", "schema_of_avro", "to_avro")),
          Map.entry("Protobuf", List.of("from_protobuf", "to_protobuf")));

  private static final Map<String, String> REASONS = new HashMap<>();

  static {
    REFUSED.forEach((reason, functions) -> functions.forEach(f -> REASONS.put(f, reason)));
  }

  /** Calls of functions whose documentation has no example that stands for itself. */
  private static final Map<String, List<String>> CALLS =
      Map.ofEntries(
          Map.entry("bigint", List.of("bigint('1')")),
          Map.entry("binary", List.of("binary('1')")),
          Map.entry("boolean", List.of("boolean('true')")),
          Map.entry("date", List.of("date('2026-01-01')")),
          Map.entry("decimal", List.of("decimal('1')")),
          Map.entry("double", List.of("double('1')")),
          Map.entry("float", List.of("float('1')")),
          Map.entry("from_avro", List.of("from_avro(payload, '\"int\"', map())")),
          Map.entry("from_protobuf", List.of("from_protobuf(payload, 'Person', 'x.desc', map())")),
          Map.entry("int", List.of("int('1')")),
          Map.entry(
              "session_window",
              List.of("SELECT count(*) FROM orders GROUP BY session_window(ordered_at, '1 hour')")),
          Map.entry("smallint", List.of("smallint('1')")),
          Map.entry("string", List.of("string(1)")),
          Map.entry("time", List.of("time('12:00:00')")),
          Map.entry("timestamp", List.of("timestamp('2026-01-01 00:00:00')")),
          Map.entry("tinyint", List.of("tinyint('1')")),
          Map.entry("to_avro", List.of("to_avro(category)")),
          Map.entry("to_protobuf", List.of("to_protobuf(struct(category), 'Person', 'x.desc')")),
          Map.entry(
              "window",
              List.of(
                  "SELECT window.end, count(*) FROM orders GROUP BY window(ordered_at, '1 hour')")),
          Map.entry(
              "window_time",
              List.of(
                  "SELECT window_time(window), count(*) FROM orders"
                      + " GROUP BY window(ordered_at, '1 hour')")));

  private static final Map<String, Object> ROW =
      Map.of(
          "order_id",
          1L,
          "category",
          "books",
          "quantity",
          2,
          "flag",
          true,
          "ordered_at",
          Instant.EPOCH);

  @Test
  void shouldListOnlyRegisteredFunctions() throws ClassNotFoundException {
    Set<String> listed = new TreeSet<>(CALLS.keySet());
    listed.addAll(REASONS.keySet());

    assertThat(registered()).containsKeys(listed.toArray(String[]::new));
  }

  @TestFactory
  Stream<DynamicTest> shouldComputeItsExamples() throws ClassNotFoundException {
    return registered().entrySet().stream()
        .map(
            function ->
                dynamicTest(
                    function.getKey(),
                    () -> {
                      try {
                        check(function.getKey(), function.getValue());
                      } catch (LinkageError e) {
                        fail(function.getKey() + " lacks a class", e);
                      }
                    }));
  }

  private static Map<String, ExpressionInfo> registered() throws ClassNotFoundException {
    Map<String, ExpressionInfo> functions = new TreeMap<>();
    FunctionRegistry$ all = FunctionRegistry$.MODULE$;
    for (FunctionIdentifier id : CollectionConverters.asJava(all.builtin().listFunction())) {
      ExpressionInfo info = all.builtin().lookupFunction(id).get();
      if (!info.getGroup().equals("agg_funcs")
          && !AggregateFunction.class.isAssignableFrom(Class.forName(info.getClassName()))) {
        functions.put(id.funcName(), info);
      }
    }
    return functions;
  }

  private static void check(String function, ExpressionInfo info) {
    List<String> calls = CALLS.getOrDefault(function, FunctionExamples.of(function, info));
    assertThat(calls).as("examples").isNotEmpty();
    List<String> refusals = new ArrayList<>();
    List<String> expressions = new ArrayList<>();
    for (String call : calls) {
      if (call.startsWith("SELECT ")) {
        compiled(call, refusals).ifPresent(view -> assertThat(run(view)).as(call).isNotEmpty());
      } else {
        expressions.add(call);
      }
    }
    if (!expressions.isEmpty() && !computed(expressions)) {
      expressions.removeIf(e -> compiled(viewOf(List.of(e)), refusals).isEmpty());
      assertThat(expressions.isEmpty() || computed(expressions)).as("together").isTrue();
    }
    String reason = REASONS.get(function);
    assertThat(refusals)
        .allSatisfy(refusal -> assertThat(refusal).contains(String.valueOf(reason)));
    assertThat(reason != null).as("listed as refused").isEqualTo(!refusals.isEmpty());
  }

  /**
   * Compares what compiled code computes from a row with what Spark computes beforehand: of all
   * literals, or else of the first ones, as some arguments of some functions must be literals.
   *
   * @return whether a view can have the expressions
   */
  private static boolean computed(List<String> expressions) {
    for (int literals : new int[] {Integer.MAX_VALUE, 1, 0}) {
      List<String> all = new ArrayList<>(expressions);
      expressions.forEach(e -> all.add(FunctionExamples.byRow(e, literals)));
      Optional<CompiledView> view = attempt(viewOf(all), literals);
      if (view.isPresent()) {
        List<Object> values = new ArrayList<>(((Map<?, ?>) run(view.get()).get(0)).values());
        int half = expressions.size();
        for (int i = 0; i < half; i++) {
          assertThat(values.get(half + i)).as(all.get(half + i)).isEqualTo(values.get(i));
        }
        return true;
      }
    }
    return false;
  }

  private static Optional<CompiledView> attempt(String sql, int literals) {
    try {
      return compiled(sql, new ArrayList<>());
    } catch (Exception e) {
      // Spark does not always say properly that it takes nothing but literals.
      if (literals > 0) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static String viewOf(List<String> expressions) {
    return IntStream.range(0, expressions.size())
        .mapToObj(i -> "'" + i + "', " + expressions.get(i))
        .collect(joining(", ", "SELECT max_by(named_struct(", "), order_id) FROM orders"));
  }

  /**
   * @param refusals where the message goes if the view is refused, for which a class that is not
   *     there is no reason
   */
  private static Optional<CompiledView> compiled(String sql, List<String> refusals) {
    try {
      return Optional.of(TestView.compile(sql));
    } catch (MillraceException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof LinkageError || cause instanceof ClassNotFoundException) {
          fail(sql, e);
        }
      }
      refusals.add(e.getMessage());
      return Optional.empty();
    }
  }

  private static List<Object> run(CompiledView compiled) {
    TestView view = new TestView(compiled);
    view.update(ROW);
    view.groups.replaceAll(
        (key, state) -> view.program.decodeState(view.program.encodeState(state)));
    return view.rows().get(0);
  }
}
