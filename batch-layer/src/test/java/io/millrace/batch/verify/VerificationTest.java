package io.millrace.batch.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.DoubleNode;
import io.millrace.batch.Orders;
import io.millrace.batch.verify.Verification.Result;
import io.millrace.batch.verify.Verification.Rule;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.CompiledView;
import io.millrace.view.compile.ViewCompiler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class VerificationTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Verification verification = verification("['a',1,0.1,5]", 1e-12, 1.0);

  /** Of one group, whose third column may be a little more or less. */
  private static Verification verification(String row, double width, double kept) {
    List<JsonNode> nodes = rows(row).next();
    return new Verification(
        List.of(Rule.EXACT, Rule.EXACT, Rule.FLOATING, Rule.OPEN),
        () ->
            List.of(
                    new Leeway(
                        nodes,
                        true,
                        () ->
                            Stream.of(width, -width)
                                .map(move -> moved(nodes, move, kept))
                                .map(List::of)
                                .toList()))
                .iterator());
  }

  private static Optional<List<JsonNode>> moved(List<JsonNode> row, double move, double kept) {
    double value = row.get(2).doubleValue() + move;
    List<JsonNode> moved = new ArrayList<>(row);
    moved.set(2, DoubleNode.valueOf(value));
    return value <= kept ? Optional.of(moved) : Optional.empty();
  }

  @Test
  void shouldFindEqualRowsInAnyOrder() {
    Result result =
        verification.compare(
            rows("['a',1,0.1,5]", "['b',2,null,6]", "['b',2,null,6]"),
            rows("['b',2,null,7]", "['a',1,0.1000000000001,5]", "['b',2,null,6]"));
    assertThat(result).isEqualTo(new Result(3, 0, List.of()));
  }

  @Test
  void shouldCatchEveryWayOfBeingWrong() {
    assertThat(differ("['a',1,1.0,0]", "['a',2,1.0,0]")).isEqualTo(1);
    assertThat(differ("['a',1,1.0,0]", "['a',1,1.00000001,0]")).isEqualTo(1);
    assertThat(differ("['a',1,1.0,0]", "['a',1,null,0]")).isEqualTo(1);
    assertThat(differ("['a',1,1.0,0]", "['a',1,'NaN',0]")).isEqualTo(1);
    assertThat(differ("['a',1,1.0,0]", "['a','1',1.0,0]")).isEqualTo(1);
    assertThat(differ("['a',1,1.0,0]", "['a',1,1.0]")).isEqualTo(1);
    assertThat(verification.compare(rows("['a',1,1.0,0]"), rows()).differ()).isEqualTo(1);
    assertThat(verification.compare(rows(), rows("['a',1,1.0,0]")).differ()).isEqualTo(1);
    assertThat(
            verification
                .compare(rows("['a',1,1.0,0]"), rows("['a',1,1.0,0]", "['a',1,1.0,0]"))
                .differ())
        .isEqualTo(1);
  }

  @Test
  void shouldSayTheSameInAnyNumberOfPasses() {
    List<String> wanted = new ArrayList<>();
    List<String> found = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      wanted.add("['k" + i + "'," + i % 3 + ",1.0,0]");
      found.add("['k" + i + "'," + (i % 10 == 0 ? 7 : i % 3) + ",1.0,0]");
    }
    found.add("['k5',2,1.0,0]");
    for (int passes = 1; passes < 20; passes++) {
      Result result =
          verification.compare(
              passes,
              () -> rows(wanted.toArray(new String[0])),
              () -> rows(found.toArray(new String[0])));
      assertThat(result.equal()).isEqualTo(90);
      assertThat(result.differ()).isEqualTo(11);
      assertThat(result.examples()).hasSize(10);
    }
  }

  @Test
  void shouldShowEachWrongRowBesideTheOneItShouldBe() {
    Result result =
        verification.compare(
            rows("['a',1,1.0,0]", "['b',2,2.0,0]"), rows("['b',3,2.0,0]", "['a',9,1.0,0]"));
    assertThat(result.differ()).isEqualTo(2);
    assertThat(result.examples())
        .allSatisfy(d -> assertThat(d.expected().get(0)).isEqualTo(d.found().get(0)));
  }

  @Test
  void shouldAllowWhatRoundingDoesAndNoMore() {
    Verification wide = verification("['a',1,2.5,0]", 0.1, 3.0);
    Iterator<List<JsonNode>> none = rows();
    assertThat(wide.compare(rows("['a',1,2.5,0]"), rows("['a',1,2.6,0]")).differ()).isZero();
    assertThat(wide.compare(rows("['a',1,2.5,0]"), rows("['a',1,2.8,0]")).differ()).isOne();
    assertThat(wide.compare(rows("['a',2,2.5,0]"), rows("['a',2,2.6,0]")).differ()).isOne();
    assertThat(wide.compare(none, rows("['a',1,2.5,0]")).differ()).isOne();
  }

  @Test
  void shouldAllowARowThatHavingMayKeepOrDrop() {
    Verification edge = verification("['a',1,2.5,0]", 0.1, 2.55);
    assertThat(edge.compare(rows("['a',1,2.5,0]"), rows()).differ()).isZero();
    assertThat(edge.compare(rows(), rows("['a',1,2.5,0]")).differ()).isZero();
    assertThat(edge.compare(rows(), rows("['a',1,3.5,0]")).differ()).isOne();
  }

  @Test
  void shouldHaveBothZerosEqual() {
    assertThat(differ("['a',-0.0,0.1,0]", "['a',0.0,0.1,0]")).isZero();
    assertThat(differ("['a',[{'x':-0.0}],0.1,0]", "['a',[{'x':0.0}],0.1,0]")).isZero();
  }

  @Test
  void shouldChooseTheRuleByHowTheColumnIsComputed() {
    CompiledView view =
        ViewCompiler.compile(
            new ViewDefinition(
                "v",
                "000000000000000a",
                "SELECT category, sum(cents) AS a, max(price) AS b, avg(price) AS c,"
                    + " percentile_approx(price, 0.5) AS d, max_by(cents, price) AS e,"
                    + " max_by(price, struct(cents, price)) AS f,"
                    + " max_by(cents, struct(price, kafka_partition, kafka_offset)) AS g,"
                    + " approx_percentile(cents, array(0.1, 0.9))[1] AS h,"
                    + " approx_percentile(cents, 0.5) % 10 AS i,"
                    + " mode(cents) AS j FROM orders GROUP BY category",
                Orders.source("t"),
                "",
                Map.of()));
    assertThat(view.columns())
        .extracting(column -> Verification.rule(view, column))
        .containsExactly(
            Rule.EXACT,
            Rule.EXACT,
            Rule.EXACT,
            Rule.FLOATING,
            Rule.BOUNDED,
            Rule.OPEN,
            Rule.EXACT,
            Rule.EXACT,
            Rule.BOUNDED,
            Rule.OPEN,
            Rule.OPEN);
  }

  private long differ(String expected, String found) {
    return verification.compare(rows(expected), rows(found)).differ();
  }

  private static Iterator<List<JsonNode>> rows(String... rows) {
    return Stream.of(rows)
        .map(
            row -> {
              List<JsonNode> nodes = new ArrayList<>();
              node(row).forEach(nodes::add);
              return nodes;
            })
        .map(List::copyOf)
        .iterator();
  }

  private static JsonNode node(String json) {
    try {
      return JSON.readTree(json.replace('\'', '"'));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
