package io.millrace.speed.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FlushPaceTest {
  private static final long MS = 1_000_000;

  private final FlushPace pace = new FlushPace(Duration.ofMillis(50), Duration.ofSeconds(1));

  @Test
  void shouldKeepToTheIntervalWhileCommitsAreCheap() {
    flush(0, 1);
    assertThat(pace.due(2 * MS)).isFalse();
    assertThat(pace.due(49 * MS)).isFalse();
    assertThat(pace.due(50 * MS)).isTrue();
    assertThat(pace.due(51 * MS)).as("once per round").isFalse();
    flush(55, 56);
    assertThat(pace.due(104 * MS)).isFalse();
    assertThat(pace.due(105 * MS)).isTrue();
  }

  @Test
  void shouldSlowDownSoThatFlushesOfAllTasksTakeANinthOfTheTime() {
    flush(0, 5);
    flush(5, 10);
    assertThat(pace.due(11 * MS)).isFalse();
    assertThat(pace.due(79 * MS)).isFalse();
    assertThat(pace.due(80 * MS)).isTrue();
  }

  @Test
  void shouldSlowDownSoThatCommitsTakeAQuarterOfABusyThreadsTime() {
    for (int i = 0; i < 2_000; i++) {
      pace.processed(0, 0);
    }
    flush(0, 1);
    assertThat(pace.processed(40 * MS, 0)).as("the commit took until now").isFalse();
    assertThat(pace.due(119 * MS)).isFalse();
    assertThat(pace.due(120 * MS)).isTrue();
  }

  @Test
  void shouldNotTakeSilenceForASlowCommit() {
    flush(0, 1);
    assertThat(pace.processed(40 * MS, 0)).isFalse();
    assertThat(pace.processed(50 * MS, 0)).isTrue();
    flush(50, 51);
    assertThat(pace.processed(500 * MS, 0)).isTrue();
  }

  @Test
  void shouldNeverGetSlowerThanTheLongestInterval() {
    flush(0, 900);
    assertThat(pace.due(999 * MS)).isFalse();
    assertThat(pace.due(1_000 * MS)).isTrue();
  }

  @Test
  void shouldNotWaitOnceATransactionHasEnoughToWrite() {
    flush(0, 900);
    assertThat(pace.processed(910 * MS, FlushPace.MOST_GROUPS / 2)).isFalse();
    assertThat(pace.processed(911 * MS, FlushPace.MOST_GROUPS / 2)).isTrue();
    assertThat(pace.processed(912 * MS, 1)).as("once per round").isFalse();
    flush(920, 921);
    flush(921, 922);
    assertThat(pace.processed(923 * MS, 1)).isFalse();
  }

  private void flush(long fromMs, long toMs) {
    pace.flushed(fromMs * MS, toMs * MS);
  }
}
