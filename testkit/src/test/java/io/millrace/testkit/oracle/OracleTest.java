package io.millrace.testkit.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.model.Position;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OracleTest {
  private record Sale(String item, String amount, Double weight) {
    BigDecimal price() {
      return amount == null ? null : new BigDecimal(amount);
    }
  }

  private final EventLog<Sale> log = new EventLog<>();
  private final Oracle<Sale> oracle =
      new Oracle<>(
          log,
          sale -> sale.item().isEmpty() ? List.of() : List.of(List.of(sale.item()), List.of("*")),
          List.of(
              Accumulator.count(),
              Accumulator.sum(Sale::price),
              Accumulator.min(Sale::price),
              Accumulator.max(Sale::price),
              Accumulator.averageDouble(Sale::weight),
              Accumulator.distinct(Sale::item)));

  @Test
  void shouldAggregateExactlyWhatIsBelowThePosition() {
    log.add(0, 3, new Sale("a", "1.50", 1.0));
    log.add(0, 5, new Sale("b", null, null));
    log.add(1, new Sale("a", "0.25", 2.0));
    log.add(1, new Sale("", "9", 9.0));
    assertThat(oracle.rows(Position.parse("0:3"))).isEmpty();
    assertThat(oracle.rows(Position.parse("0:4")))
        .isEqualTo(Map.of(List.of("a"), one(), List.of("*"), one()));
    Map<List<Object>, List<Object>> all = oracle.rows(Position.parse("0:6,1:2"));
    assertThat(all)
        .containsEntry(
            List.of("a"),
            List.of(
                2L,
                new BigDecimal("1.75"),
                new BigDecimal("0.25"),
                new BigDecimal("1.50"),
                1.5,
                1L))
        .containsEntry(List.of("b"), Arrays.asList(1L, null, null, null, null, 1L))
        .containsEntry(
            List.of("*"),
            List.of(
                3L,
                new BigDecimal("1.75"),
                new BigDecimal("0.25"),
                new BigDecimal("1.50"),
                1.5,
                2L));
  }

  @Test
  void shouldGoBackToASmallerPosition() {
    log.add(0, new Sale("a", "1.50", 1.0));
    log.add(1, new Sale("b", "2", 1.0));
    Map<List<Object>, List<Object>> first = oracle.rows(Position.parse("0:1"));
    oracle.rows(Position.parse("0:1,1:1"));
    assertThat(oracle.rows(Position.parse("0:1"))).isEqualTo(first);
    assertThat(oracle.rows(Position.parse("1:1"))).containsOnlyKeys(List.of("b"), List.of("*"));
  }

  @Test
  void shouldRefuseOffsetsOutOfOrder() {
    log.add(0, 4, new Sale("a", "1", 1.0));
    assertThatThrownBy(() -> log.add(0, 4, new Sale("a", "1", 1.0)))
        .hasMessage("cannot add an event: found offset 4 of partition 0, expected one past 4");
    log.add(0, new Sale("a", "1", 1.0));
    assertThat(log.size()).isEqualTo(2);
  }

  private static List<Object> one() {
    return List.of(
        1L, new BigDecimal("1.50"), new BigDecimal("1.50"), new BigDecimal("1.50"), 1.0, 1L);
  }
}
