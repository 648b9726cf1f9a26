package io.millrace.testkit.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.testkit.laws.AggregateCases.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistryBase;
import org.apache.spark.sql.catalyst.expressions.AggregateWindowFunction;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The laws over every aggregate function that is accepted, each plain and filtered: half of them so
 * that groups stay whose state no row has reached.
 */
final class AggregateLaws {
  private static final int ROWS = 150;
  private static final int CASES_PER_VIEW = 10;
  private static final List<String> FILTERS =
      List.of(" FILTER (WHERE u > 60)", " FILTER (WHERE g > 99)");

  static Stream<Named<List<Case>>> views() {
    List<Case> cases = AggregateCases.all();
    List<Named<List<Case>>> views = new ArrayList<>();
    for (int from = 0; from < cases.size(); from += CASES_PER_VIEW) {
      List<Case> view = cases.subList(from, Math.min(cases.size(), from + CASES_PER_VIEW));
      views.add(Named.of(view.stream().map(Case::expression).toList().toString(), view));
    }
    return views.stream();
  }

  @ParameterizedTest
  @MethodSource("views")
  void shouldHold(List<Case> cases) {
    LawSeed.each(seed -> hold(cases, seed));
  }

  @Test
  void shouldCoverEveryAggregateFunctionOfSpark() {
    Set<String> covered = new TreeSet<>(AggregateCases.REFUSED.keySet());
    AggregateCases.all().forEach(call -> covered.add(call.function()));
    assertThat(covered).containsExactlyElementsOf(registered());
  }

  @Test
  void shouldRefuseWhatHasNoLaws() {
    AggregateCases.REFUSED.forEach(
        (name, call) ->
            assertThatThrownBy(() -> Things.view("refused", "SELECT " + call + " FROM things"))
                .as(name)
                .isInstanceOfSatisfying(
                    MillraceException.class,
                    e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_MERGEABLE)));
  }

  private static Set<String> registered() {
    Set<String> names = new TreeSet<>();
    FunctionRegistryBase<Expression> registry = FunctionRegistry.builtin();
    for (FunctionIdentifier id : CollectionConverters.asJava(registry.listFunction())) {
      ExpressionInfo info = registry.lookupFunction(id).get();
      boolean groups = info.getName().startsWith("grouping");
      if (!groups && (info.getGroup().equals("agg_funcs") || isAggregate(info.getClassName()))) {
        names.add(id.funcName());
      }
    }
    return names;
  }

  private static boolean isAggregate(String className) {
    try {
      Class<?> type = Class.forName(className);
      return AggregateFunction.class.isAssignableFrom(type)
          && !AggregateWindowFunction.class.isAssignableFrom(type);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void hold(List<Case> cases, long seed) {
    StringBuilder select = new StringBuilder("SELECT k");
    StringBuilder twin = new StringBuilder("SELECT k");
    for (int i = 0; i < cases.size(); i++) {
      for (String filter : List.of("", FILTERS.get(i % FILTERS.size()))) {
        Case call = cases.get(i);
        String exact = call.twin() == null ? "NULL" : call.twin();
        String name = column(i, filter);
        select.append(
            ",\n  %s AS %s"
                .formatted(call.expression().replace(AggregateCases.FILTER, filter), name));
        twin.append(", %s AS %s".formatted(exact.replace(AggregateCases.FILTER, filter), name));
      }
    }
    String from = " FROM things GROUP BY k";
    ViewLaws laws = ViewLaws.of(Things.view("aggregates", select + from)).twin(twin + from);
    for (int i = 0; i < cases.size(); i++) {
      for (String filter : List.of("", FILTERS.get(i % FILTERS.size()))) {
        laws = laws.judging(column(i, filter), cases.get(i).check());
      }
    }
    laws.hold(Things.rows(seed, ROWS), seed);
  }

  private static String column(int call, String filter) {
    return (filter.isEmpty() ? "c" : "f") + call;
  }
}
