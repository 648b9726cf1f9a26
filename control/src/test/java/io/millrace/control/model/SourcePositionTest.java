package io.millrace.control.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourcePositionTest {
  private static final String ID = "Vw1uS3HrQVu2k1-3rSgxLA";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "orders@" + ID + ":0=1231,1=1002",
        "orders:3=1",
        "orders@" + ID + ":",
        "orders:",
        "bestellungen_käufe:0=999999999999999999"
      })
  void shouldReadWhatItWrites(String text) {
    assertThat(SourcePosition.parse(text)).hasToString(text);
  }

  @Test
  void shouldReadItsParts() {
    assertThat(SourcePosition.parse(" orders@" + ID + ":1=2, 0=0 "))
        .isEqualTo(new SourcePosition("orders", Optional.of(ID), Position.of(Map.of(1, 2L))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "orders",
        "orders 0=1",
        ":0=1",
        "orders:0",
        "orders:0=1,",
        "orders:0=-1",
        "orders:0=1,0=2",
        "orders:0=1000000000000000000",
        "orders@:0=1",
        "orders@a b:0=1",
        "{\"0\":1}"
      })
  void shouldRefuseAnythingElse(String text) {
    assertThatThrownBy(() -> SourcePosition.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("found '" + text + "', expected SOURCE@TOPIC-ID:PARTITION=OFFSET,…");
  }

  @Test
  void shouldTakeThePositionsOfSeveralWritersTogether() {
    assertThat(SourcePosition.parseAll("orders:0=5,1=2; clicks:0=1;orders@" + ID + ":1=3"))
        .extracting(SourcePosition::toString)
        .containsExactly("orders@" + ID + ":0=5,1=3", "clicks:0=1");
    assertThatThrownBy(() -> SourcePosition.parseAll("orders@" + ID + ":0=5;orders@x:1=3"))
        .hasMessage(
            "found positions of two topics of source orders, with ids "
                + ID
                + " and x, expected one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ";", ";;", "orders:0=1;", ";orders:0=1", "orders:0=1;;clicks:0=1"})
  void shouldNotTakeNothingForAPosition(String text) {
    assertThatThrownBy(() -> SourcePosition.parseAll(text))
        .hasMessage("found '', expected SOURCE@TOPIC-ID:PARTITION=OFFSET,…");
  }
}
