package io.millrace.control.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "50ms,50,50ms",
    "0ms,0,0ms",
    "1000ms,1000,1s",
    "90 S,90000,90s",
    "60s,60000,1m",
    "120m,7200000,2h",
    "48h,172800000,2d"
  })
  void shouldReadAndWriteThem(String text, long ms, String shortest) {
    assertThat(Durations.parse(text)).isEqualTo(Duration.ofMillis(ms));
    assertThat(Durations.format(Duration.ofMillis(ms))).isEqualTo(shortest);
    assertThat(Durations.parse(shortest)).isEqualTo(Duration.ofMillis(ms));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "-5s", "5 weeks", "1.5s", "99999999999999999s"})
  void shouldSayWhatItExpected(String text) {
    assertThatThrownBy(() -> Durations.parse(text))
        .hasMessage("found '" + text + "', expected a duration such as 50ms, 20s, 5m, 2h or 1d");
  }

  @Test
  void shouldCountEdits() {
    assertThat(EditDistance.between("servng.prot", "serving.port")).isEqualTo(3);
    assertThat(EditDistance.between("", "abc")).isEqualTo(3);
    assertThat(EditDistance.between("abc", "abc")).isZero();
  }
}
