package io.millrace.batch.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class SteadyClockTest {
  private static final Instant BEGAN = Instant.parse("2026-05-01T12:00:00Z");

  private long nanos = -5;

  @Test
  void shouldCountFromWhatTheClockToldAtFirst() {
    Clock steady = new SteadyClock(Clock.fixed(BEGAN, ZoneOffset.UTC), () -> nanos);
    assertThat(steady.instant()).isEqualTo(BEGAN);
    nanos += Duration.ofSeconds(90).toNanos();
    assertThat(steady.instant()).isEqualTo(BEGAN.plusSeconds(90));
    assertThat(steady.withZone(ZoneOffset.MAX).instant()).isEqualTo(BEGAN.plusSeconds(90));
  }
}
