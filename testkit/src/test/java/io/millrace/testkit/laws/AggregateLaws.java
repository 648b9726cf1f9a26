package io.millrace.testkit.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.testkit.laws.AggregateCases.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
 * The laws over every aggregate function that is accepted, plain or filtered as the seed says, and
 * both in the long form: half of the filters so that groups stay whose state no row has reached.
 */
final class AggregateLaws {
  private static final boolean LONG = Boolean.getBoolean("millrace.tests.long");
  private static final int ROWS = 150;
  private static final int CALLS_PER_VIEW = 20;
  private static final List<String> FILTERS =
      List.of(" FILTER (WHERE u > 60)", " FILTER (WHERE g > 99)");

  private record Call(Case aggregate, String filter) {
    String expression() {
      return aggregate.expression().replace(AggregateCases.FILTER, filter);
    }

    String twin() {
      return aggregate.twin() == null
          ? "NULL"
          : aggregate.twin().replace(AggregateCases.FILTER, filter);
    }

    @Override
    public String toString() {
      return expression();
    }
  }

  static Stream<Named<List<Call>>> views() {
    List<Call> calls = calls();
    List<Named<List<Call>>> views = new ArrayList<>();
    for (int from = 0; from < calls.size(); from += CALLS_PER_VIEW) {
      List<Call> view = calls.subList(from, Math.min(calls.size(), from + CALLS_PER_VIEW));
      views.add(Named.of(view.toString(), view));
    }
    return views.stream();
  }

  private static List<Call> calls() {
    Random random = new Random(LawSeed.first());
    List<Call> calls = new ArrayList<>();
    List<Case> cases = AggregateCases.all();
    for (int i = 0; i < cases.size(); i++) {
      boolean filtered = random.nextBoolean();
      for (String filter : List.of("", FILTERS.get(i % FILTERS.size()))) {
        if (LONG || filtered != filter.isEmpty()) {
          calls.add(new Call(cases.get(i), filter));
        }
      }
    }
    return calls;
  }

  @ParameterizedTest
  @MethodSource("views")
  void shouldHold(List<Call> calls) {
    LawSeed.each(seed -> hold(calls, seed));
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

  private static void hold(List<Call> calls, long seed) {
    StringBuilder select = new StringBuilder("SELECT k");
    StringBuilder twin = new StringBuilder("SELECT k");
    for (int i = 0; i < calls.size(); i++) {
      select.append(",\n  %s AS c%d".formatted(calls.get(i).expression(), i));
      twin.append(", %s AS c%d".formatted(calls.get(i).twin(), i));
    }
    String from = " FROM things GROUP BY k";
    ViewLaws laws = ViewLaws.of(Things.view("aggregates", select + from)).twin(twin + from);
    for (int i = 0; i < calls.size(); i++) {
      laws = laws.judging("c" + i, calls.get(i).aggregate().check());
    }
    laws.hold(Things.rows(seed, ROWS), seed);
  }
}
