package io.millrace.control.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class HearingTest {
  private static final long S = Duration.ofSeconds(1).toNanos();

  @Test
  void shouldGoOnWhileAnybodyIsHeard() {
    Hearing hearing = new Hearing(-5 * S);
    long replica = hearing.heard(0);
    for (int second = 2; second <= 60; second += 2) {
      hearing.heard(second * S);
    }
    assertThat(hearing.at(61 * S) - replica).isEqualTo(61 * S);
  }

  @Test
  void shouldMakeNobodySilentWhileTheTopicIsAway() {
    Hearing hearing = new Hearing(0);
    long replica = hearing.heard(S);
    long self = hearing.heard(2 * S);

    assertThat(hearing.at(600 * S) - replica).isEqualTo(11 * S);
    // The broker is back, and this process is the first to be heard.
    hearing.heard(600 * S);
    assertThat(hearing.at(601 * S) - replica).isEqualTo(12 * S);
    assertThat(hearing.at(601 * S) - self).isEqualTo(11 * S);
  }
}
