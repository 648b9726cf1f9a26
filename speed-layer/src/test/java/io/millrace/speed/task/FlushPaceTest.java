package io.millrace.speed.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlushPaceTest {
  private static final long MS = 1_000_000;

  private final FlushPace pace =
      new FlushPace(
          Duration.ofMillis(50),
          Duration.ofSeconds(1),
          Duration.ofMillis(11),
          Duration.ofSeconds(15));

  @Test
  void shouldKeepToTheIntervalWhileCommitsAreCheap() {
    commit(0, 1, 1);
    assertThat(pace.due(2 * MS)).isFalse();
    assertThat(pace.due(49 * MS)).isFalse();
    assertThat(pace.waitNs(49 * MS)).isEqualTo(MS);
    assertThat(pace.due(50 * MS)).isTrue();
    assertThat(pace.due(51 * MS)).as("once per round").isFalse();
    commit(55, 56, 56);
    assertThat(pace.due(104 * MS)).isFalse();
    assertThat(pace.due(105 * MS)).isTrue();
  }

  @Test
  void shouldSlowDownSoThatFlushesOfAllTasksTakeANinthOfTheTime() {
    pace.flushed(0, 5 * MS);
    commit(5, 10, 10);
    assertThat(pace.due(11 * MS)).isFalse();
    assertThat(pace.due(89 * MS)).isFalse();
    assertThat(pace.due(90 * MS)).isTrue();
  }

  @Test
  void shouldSlowDownSoThatCommitsTakeAQuarterOfTheTimeHoweverFewRecordsCame() {
    commit(0, 1, 51);
    assertThat(pace.processed(170 * MS, 1, 1)).isFalse();
    assertThat(pace.processed(171 * MS, 1, 1)).isTrue();
  }

  @Test
  void shouldTakeNoWaitForRecordsForACostUnlessThereAreMany() {
    commit(0, 1, 12);
    assertThat(pace.due(50 * MS)).as("12 ms, of which up to 11 may be a poll").isTrue();
    pace.flushed(50 * MS, 51 * MS);
    pace.committed(51 * MS);
    for (int i = 0; i < 1_000; i++) {
      pace.processed(51 * MS, 0, 0);
    }
    commit(101, 102, 121);
    assertThat(pace.due(180 * MS)).isFalse();
    assertThat(pace.due(181 * MS)).isTrue();
  }

  @Test
  void shouldTakeTheFirstSignOfTheThreadForTheCommitsEnd() {
    pace.flushed(0, MS);
    assertThat(pace.processed(40 * MS, 0, 0)).as("the commit took until now").isFalse();
    assertThat(pace.waitNs(40 * MS)).isEqualTo(87 * MS);
  }

  @Test
  void shouldGetNoSlowerThanTheLongestPauseOrTheCommitItself() {
    commit(0, 900, 900);
    assertThat(pace.due(1_899 * MS)).isFalse();
    assertThat(pace.due(1_900 * MS)).isTrue();
    commit(2_000, 2_001, 6_000);
    assertThat(pace.due(9_988 * MS)).isFalse();
    assertThat(pace.due(9_989 * MS)).isTrue();
  }

  @Test
  void shouldNotWaitOnceATransactionHasEnoughToWrite() {
    commit(0, 900, 900);
    assertThat(pace.processed(910 * MS, FlushPace.MOST_GROUPS / 2, 0)).isFalse();
    assertThat(pace.processed(911 * MS, FlushPace.MOST_GROUPS / 2, 0)).isTrue();
    assertThat(pace.processed(912 * MS, 1, 0)).as("once per round").isFalse();
    pace.flushed(920 * MS, 921 * MS);
    commit(921, 922, 1_900);
    assertThat(pace.processed(1_901 * MS, 1, FlushPace.MOST_BYTES - 1)).isFalse();
    assertThat(pace.processed(1_902 * MS, 1, 1)).isTrue();
  }

  /**
   * A thread whose records and commits all take {@code slowdown} times as long: a commit 20 ms on a
   * machine that is idle, a record 5 µs, and of the slices of CPU it waits for in a commit there
   * are ever more. Each round of the loop takes one record of each task.
   */
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 4", "4, 16", "12, 100", "40, 1000"})
  void shouldLeaveRecordsHalfOfTheTimeThereIs(int slowdown, int slowCommits) {
    long recordNs = 5_000L * slowdown;
    long commitNs = 20 * MS * slowCommits;
    FlushPace simulated =
        new FlushPace(
            Duration.ofMillis(50),
            Duration.ofSeconds(1),
            Duration.ofMillis(11),
            Duration.ofSeconds(15));
    simulated.flushed(0, commitNs / 20);
    long now = commitNs;
    long records = 0;
    while (now < 600_000 * MS) {
      now += recordNs;
      records++;
      if (simulated.processed(now, 0, 0)) {
        simulated.flushed(now, now + commitNs / 20);
        now += commitNs;
      }
    }
    long withoutCommits = 600_000 * MS / recordNs;
    assertThat(records).isGreaterThan(withoutCommits * 2 / 5);
  }

  private void commit(long fromMs, long flushedMs, long committedMs) {
    pace.flushed(fromMs * MS, flushedMs * MS);
    pace.committed(committedMs * MS);
  }
}
