package io.millrace.batch.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetriesTest {
  private static final Set<String> VIEWS = Set.of("v", "w");

  private Instant now = Instant.parse("2026-05-01T12:00:00Z");
  private final Retries retries =
      new Retries(
          new Clock() {
            @Override
            public ZoneId getZone() {
              return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
              return this;
            }

            @Override
            public Instant instant() {
              return now;
            }
          });

  @Test
  void shouldTryAgainAfterAPauseThatDoublesUpToALimit() {
    Duration pause = Retries.FIRST_PAUSE;
    for (int failures = 0; failures < 10; failures++) {
      retries.failed("v");
      now = now.plus(pause).minusMillis(1);
      assertThat(retries.due(VIEWS)).isEmpty();
      now = now.plusMillis(1);
      assertThat(retries.due(VIEWS)).containsExactly("v");
      assertThat(retries.due(VIEWS)).as("while it runs").isEmpty();
      Duration twice = pause.multipliedBy(2);
      pause = twice.compareTo(Retries.LONGEST_PAUSE) < 0 ? twice : Retries.LONGEST_PAUSE;
    }
    assertThat(pause).isEqualTo(Retries.LONGEST_PAUSE);
  }

  @Test
  void shouldBeginWithTheFirstPauseOnceARunHasCompleted() {
    retries.failed("v");
    now = now.plus(Retries.FIRST_PAUSE);
    retries.due(VIEWS);
    retries.failed("v");
    retries.completed("v");
    retries.failed("v");
    now = now.plus(Retries.FIRST_PAUSE);

    assertThat(retries.due(VIEWS)).containsExactly("v");
  }

  @Test
  void shouldForgetViewsThatAreNoMore() {
    retries.failed("v");
    retries.failed("w");
    now = now.plus(Retries.LONGEST_PAUSE);

    assertThat(retries.due(List.of("w"))).containsExactly("w");
    assertThat(retries.due(VIEWS)).isEmpty();
  }
}
