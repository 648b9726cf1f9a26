package io.millrace.control.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Period;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ValueJsonTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void shouldWriteEachTypeInItsOneForm() {
    Map<String, Object> struct = new LinkedHashMap<>();
    struct.put("start", Instant.parse("2026-01-01T00:00:00Z"));
    struct.put("missing", null);
    assertThat(text(null)).isEqualTo("null");
    assertThat(text(true)).isEqualTo("true");
    assertThat(text((byte) -1)).isEqualTo("-1");
    assertThat(text((short) 300)).isEqualTo("300");
    assertThat(text(Long.MAX_VALUE)).isEqualTo("9223372036854775807");
    assertThat(text(0.1f)).isEqualTo("0.1");
    assertThat(text(-0.0)).isEqualTo("-0.0");
    assertThat(text(Double.NaN)).isEqualTo("\"NaN\"");
    assertThat(text(Float.NEGATIVE_INFINITY)).isEqualTo("\"-Infinity\"");
    assertThat(text(new BigDecimal("1E+3").setScale(2))).isEqualTo("\"1000.00\"");
    assertThat(text(new byte[] {1, 2, 3})).isEqualTo("\"AQID\"");
    assertThat(text(LocalDate.of(2026, 1, 1))).isEqualTo("\"2026-01-01\"");
    assertThat(text(Instant.parse("2026-01-01T00:00:00.5Z")))
        .isEqualTo("\"2026-01-01T00:00:00.500Z\"");
    assertThat(text(LocalDateTime.of(2026, 1, 1, 0, 0))).isEqualTo("\"2026-01-01T00:00:00\"");
    assertThat(text(Period.of(1, 2, 0))).isEqualTo("\"P1Y2M\"");
    assertThat(text(Duration.ofMinutes(90))).isEqualTo("\"PT1H30M\"");
    assertThat(text(Arrays.asList("a", null))).isEqualTo("[\"a\",null]");
    assertThat(text(struct)).isEqualTo("{\"start\":\"2026-01-01T00:00:00Z\",\"missing\":null}");
    assertThat(text(Map.of(7, "seven"))).isEqualTo("[[7,\"seven\"]]");
  }

  @Test
  void shouldGiveNodesThatSurviveBeingWrittenAndRead() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      values.add(Double.longBitsToDouble(random.nextLong()));
      values.add(Float.intBitsToFloat(random.nextInt()));
      values.add(random.nextLong() >> random.nextInt(64));
      values.add(random.nextInt());
      values.add(Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000) * 1_000L));
    }
    for (Object value : values) {
      JsonNode node = ValueJson.node(value);
      assertThat(JSON.readTree(JSON.writeValueAsString(node)))
          .as("seed %d, value %s", seed, value)
          .isEqualTo(node);
    }
  }

  @Test
  void shouldRefuseWhatIsNoViewValue() {
    assertThatThrownBy(() -> ValueJson.node(new StringBuilder("x")))
        .hasMessage(
            "cannot write a value as JSON: found java.lang.StringBuilder, expected a value of a"
                + " Spark SQL type");
  }

  private static String text(Object value) {
    return ValueJson.node(value).toString();
  }
}
