package io.millrace.batch.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunIdsTest {
  private static final Instant NOW = Instant.parse("2026-01-31T06:15:00.003Z");

  @Test
  void shouldNameARunByItsStart() {
    assertThat(new RunIds().next(NOW, List.of())).matches("20260131T061500Z-003[0-9a-f]{3}");
  }

  @Test
  void shouldGiveLargerNamesWithinAMillisecondAndWhenTheClockGoesBack() {
    RunIds ids = new RunIds();
    String first = ids.next(NOW, List.of());
    String second = ids.next(NOW, List.of());
    assertThat(second).isGreaterThan(first);
    assertThat(ids.next(NOW.minusSeconds(3600), List.of())).isGreaterThan(second);
  }

  @Test
  void shouldGiveLargerNamesThanADriverWhoseClockIsAhead() {
    String ahead = new RunIds().next(NOW.plusSeconds(3600), List.of());
    String older = new RunIds().next(NOW.minusSeconds(3600), List.of());
    RunIds ids = new RunIds();
    String next = ids.next(NOW, List.of(ahead, older));
    assertThat(next).isGreaterThan(ahead).startsWith("20260131T071500Z-004");
    assertThat(ids.next(NOW, List.of(ahead, older))).isGreaterThan(next);
  }

  @Test
  void shouldTakeNoTimeFromANameThatTellsNone() {
    for (String name : List.of("", "run-1", "20260131T0615", "20269931T061500Z-003f2a")) {
      assertThat(new RunIds().next(NOW, List.of(name))).startsWith("20260131T061500Z-003");
    }
  }
}
