package io.millrace.view.internal.analyze;

import io.millrace.view.internal.tree.Origins;
import io.millrace.view.internal.tree.Scala;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.Average;
import org.apache.spark.sql.catalyst.expressions.aggregate.Count;
import org.apache.spark.sql.catalyst.expressions.aggregate.ListAgg;
import org.apache.spark.sql.catalyst.expressions.aggregate.Sum;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;

/**
 * What to write instead of an aggregate that is refused. The law: what is advised is accepted, and
 * means the same where it says so.
 */
final class AggregateAdvice {
  private AggregateAdvice() {}

  /** Instead of an aggregate of distinct values. */
  static String ofDistinct(AggregateFunction function) {
    List<String> arguments = arguments(function);
    if (function instanceof Count) {
      if (arguments.size() == 1) {
        return "write approx_count_distinct(%1$s), or cardinality(collect_set(%1$s)) if values are few"
            .formatted(arguments.get(0));
      }
      String all = "struct(" + String.join(", ", arguments) + ")";
      String known =
          arguments.stream().map(a -> a + " IS NOT NULL").collect(Collectors.joining(" AND "));
      return "write approx_count_distinct(%1$s) FILTER (WHERE %2$s), or cardinality(collect_set(%1$s) FILTER (WHERE %2$s)) if values are few"
          .formatted(all, known);
    }
    if (function instanceof Sum sum) {
      return "write " + total(arguments.get(0), sum.dataType()) + " if values are few";
    }
    if (function instanceof Average average) {
      return "write CAST(%s / cardinality(%s) AS %s) if values are few"
          .formatted(
              total(arguments.get(0), average.sumDataType()),
              "collect_set(" + arguments.get(0) + ")",
              average.dataType().sql());
    }
    return "keep %s if values are few, and compute from it what you query".formatted(set(function));
  }

  /** The sum of distinct values; NULL if there are none. */
  private static String total(String argument, DataType type) {
    return "reduce(collect_set(%1$s), CAST(NULL AS %2$s), (s, e) -> CAST(coalesce(s + e, e) AS %2$s))"
        .formatted(argument, type.sql());
  }

  /** Instead of an aggregate that takes one of the rows. */
  static String ofOne(AggregateFunction function) {
    String argument = argument(function);
    String by = "min_by(%1$s, …) or max_by(%1$s, …) with what orders the rows".formatted(argument);
    return RowOrdering.isOrderable(type(function))
        ? "write min(%1$s) or max(%1$s), or ".formatted(argument) + by
        : "write " + by;
  }

  /** Instead of an aggregate that keeps all rows. */
  static String ofList(AggregateFunction function) {
    String counted =
        type(function).existsRecursively(MapType.class::isInstance)
            ? "to_json(" + argument(function) + ")"
            : argument(function);
    return "write %s, or group by %s and count".formatted(set(function), counted);
  }

  /** Instead of an aggregate that writes all rows one after the other. */
  static String ofText(ListAgg list) {
    String texts =
        list.child().dataType() instanceof BinaryType
            ? "CAST(%s AS STRING)".formatted(argument(list))
            : argument(list);
    Object delimiter = list.delimiter() instanceof Literal literal ? literal.value() : null;
    return "write array_join(array_sort(collect_set(%s)), %s)"
        .formatted(texts, delimiter == null ? "''" : "'" + delimiter + "'");
  }

  /** All values of a function's argument as a set. */
  static String set(AggregateFunction function) {
    List<String> arguments = arguments(function);
    if (arguments.isEmpty()) {
      return "collect_set(…)";
    }
    return type(function).existsRecursively(MapType.class::isInstance)
        ? "collect_set(to_json(" + arguments.get(0) + "))"
        : "collect_set(" + arguments.get(0) + ")";
  }

  private static DataType type(AggregateFunction function) {
    return function.children().head().dataType();
  }

  /** The first argument as written. */
  private static String argument(AggregateFunction function) {
    List<String> arguments = arguments(function);
    return arguments.isEmpty() ? "…" : arguments.get(0);
  }

  private static List<String> arguments(AggregateFunction function) {
    return Scala.<Expression>list(function.children()).stream().map(Origins::plain).toList();
  }
}
