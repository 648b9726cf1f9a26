package io.millrace.batch.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SketchBoundTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "5; 2; 3; 7; 8",
        "0.5; -2.0; -1.5; 7.25; 7.5",
        "'9.50'; '9.09'; '9.10'; '10.00'; '10.01'",
        "'2026-01-31'; '2025-12-31'; '2026-01-01'; '2026-02-01'; '2026-02-02'",
        "'2026-01-01T00:00:05Z'; '2026-01-01T00:00:00.9Z'; '2026-01-01T00:00:01Z';"
            + " '2026-01-01T00:01:00Z'; '2026-01-01T00:01:00.000001Z'",
        "'2026-01-01T00:00:05'; '2026-01-01T00:00:00'; '2026-01-01T00:00:01';"
            + " '2026-01-01T00:01:00'; '2026-01-01T00:01:01'",
        "'P1Y'; 'P9M'; 'P10M'; 'P1Y2M'; 'P1Y3M'",
        "'PT1H'; 'PT29M'; 'PT30M'; 'PT25H'; 'PT26H'",
        "1.0; '-Infinity'; -9.0; 2.0; 'Infinity'"
      })
  void shouldAllowWhatLiesBetweenTheEdges(
      String centre, String below, String low, String high, String above) {
    assertThat(allows(below, centre, low, high)).as(below).isFalse();
    assertThat(allows(low, centre, low, high)).as(low).isTrue();
    assertThat(allows(centre, centre, low, high)).as(centre).isTrue();
    assertThat(allows(high, centre, low, high)).as(high).isTrue();
    assertThat(allows(above, centre, low, high)).as(above).isFalse();
  }

  @Test
  void shouldCompareArraysElementByElement() {
    assertThat(allows("[1,20]", "[2,20]", "[1,10]", "[3,30]")).isTrue();
    assertThat(allows("[1,31]", "[2,20]", "[1,10]", "[3,30]")).isFalse();
    assertThat(allows("[4,20]", "[2,20]", "[1,10]", "[3,30]")).isFalse();
    assertThat(allows("[1]", "[2,20]", "[1,10]", "[3,30]")).isFalse();
  }

  @Test
  void shouldAllowNoNullForAValueAndNoValueForNull() {
    assertThat(allows("null", "2", "1", "3")).isFalse();
    assertThat(allows("null", "null")).isTrue();
    assertThat(allows("2", "null")).isFalse();
  }

  @Test
  void shouldAllowAnyValueWhereTheOrderMeansNothing() {
    assertThat(allows("17", "2", "'NaN'")).isTrue();
    assertThat(allows("17", "'NaN'", "'NaN'")).isTrue();
  }

  private static boolean allows(String found, String centre, String... edges) {
    return SketchBound.allows(
        node(found), node(centre), Stream.of(edges).map(SketchBoundTest::node).toList());
  }

  private static JsonNode node(String json) {
    try {
      return JSON.readTree(json.replace('\'', '"'));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
