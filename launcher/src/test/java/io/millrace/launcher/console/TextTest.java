package io.millrace.launcher.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class TextTest {
  @Test
  void shouldGroupDigits() {
    assertThat(Text.count(1234567)).isEqualTo("1,234,567");
    assertThat(Text.count(0)).isEqualTo("0");
  }

  @Test
  void shouldSayDurationsInTheirUnit() {
    assertThat(Text.duration(Duration.ofMillis(850))).isEqualTo("850 ms");
    assertThat(Text.duration(Duration.ofMillis(3240))).isEqualTo("3.2 s");
    assertThat(Text.duration(Duration.ofSeconds(245))).isEqualTo("4 min 05 s");
    assertThat(Text.duration(Duration.ofMinutes(130))).isEqualTo("2 h 10 min");
  }

  @Test
  void shouldNotCountStylesAndCountWideLettersTwice() {
    assertThat(Text.width("\033[32mok\033[0m")).isEqualTo(2);
    assertThat(Text.width("日本")).isEqualTo(4);
    assertThat(Text.width("e\u0301")).isEqualTo(1);
  }

  @Test
  void shouldCutToTheWidthAndKeepStyles() {
    assertThat(Text.cut("abcdef", 4)).isEqualTo("abc…");
    assertThat(Text.cut("abcd", 4)).isEqualTo("abcd");
    assertThat(Text.cut("\033[1mabcdef\033[0m", 4)).isEqualTo("\033[1mabc…\033[0m");
  }
}
