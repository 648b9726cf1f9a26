package io.millrace.launcher.local.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.LayerStatus;
import io.millrace.launcher.local.process.ProcessState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StartWatchTest {
  private static final Path LOGS = Path.of("/data/log");

  private final StartWatch watch =
      new StartWatch(new MillraceConfig.Up(Duration.ofMinutes(3), Duration.ofHours(2)), 0);

  @Test
  void shouldWaitForHoursWhileSomethingMoves() {
    for (int minute = 0; minute < 119; minute++) {
      Optional<LayerStatus> status =
          minute < 2
              ? Optional.empty()
              : status(Map.of("source.orders.position", "0:" + minute / 2));
      watch.look("speed", signs(0, status), at(minute));
      check(minute);
    }
    assertThatThrownBy(() -> watch.check(LOGS, at(120)))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_STARTED))
        .hasMessageStartingWith(
            "cannot start speed: found it not ready after 2h, though it moves, expected it to be"
                + " ready; mend what the logs in /data/log say, or set up.limit to more");
  }

  @Test
  void shouldGiveUpWhatRepeatsItselfAndSayWhatToChange() {
    for (int second = 0; second < 179; second++) {
      watch.look(
          "serving",
          signs(
              second / 50,
              Optional.empty(),
              second + " WARN [main] k.Client no broker, try " + second),
          at(0, second));
      assertThatCode(() -> watch.check(LOGS, at(0, 179))).doesNotThrowAnyException();
    }
    assertThat(watch.still(at(0, 179))).isEqualTo(Duration.ofSeconds(179));
    assertThatThrownBy(() -> watch.check(LOGS, at(0, 180)))
        .hasMessage(
            "cannot start serving: found no sign that anything moves for 3m, expected it to be"
                + " ready; mend what the logs in /data/log say, or set up.patience to more for a"
                + " slower machine. The last heard:\n"
                + "  serving: 178 WARN [main] k.Client no broker, try 178");
  }

  @Test
  void shouldTakeProcessorTimeNewLinesAndAnotherLifeForMovement() {
    watch.look("batch", signs(0, Optional.empty()), at(0));
    watch.look("batch", signs(9, Optional.empty()), at(1));
    assertThat(watch.still(at(1))).isEqualTo(Duration.ofMinutes(1));
    watch.look("batch", signs(10, Optional.empty()), at(2));
    assertThat(watch.still(at(2))).isZero();
    watch.look("batch", signs(10, Optional.empty(), "loading sales"), at(3));
    assertThat(watch.still(at(3))).isZero();
    watch.look("batch", signs(10, Optional.empty(), "loading sales"), at(4));
    assertThat(watch.still(at(4))).isEqualTo(Duration.ofMinutes(1));
    watch.look(
        "batch",
        new Signs(-1, ProcessState.WAITING, Duration.ZERO, Optional.empty(), List.of()),
        at(5));
    assertThat(watch.still(at(5))).isZero();
    assertThat(watch.doing("batch")).isEqualTo("waits to be started again");
  }

  @Test
  void shouldNotTakeTheAgeOfAnAnswerForMovement() {
    watch.look("serving", signs(0, status(Map.of("view.sales.ageMs", "1"))), at(0));
    watch.look("serving", signs(0, status(Map.of("view.sales.ageMs", "2"))), at(1));
    assertThat(watch.still(at(1))).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void shouldTellWhatAProcessDoes() {
    watch.look("speed", signs(0, Optional.empty()), at(0));
    assertThat(watch.doing("speed")).isEqualTo("its JVM starts, 0 s of processor time so far");
    watch.look(
        "speed",
        signs(
            0,
            Optional.empty(),
            "2026-01-01 00:00:00.000 WARN  [main] o.a.k.Streams not so telling",
            "2026-01-01 00:00:00.000 INFO  [main] i.m.s.SpeedLayer restores 4 partitions",
            "2026-01-01 00:00:00.000 WARN  [main] o.a.k.Streams not telling at all",
            "\tat a.B.c(B.java:1)"),
        at(0));
    assertThat(watch.doing("speed")).isEqualTo("restores 4 partitions");
    watch.look("speed", signs(0, status(Map.of("error.view.a", "no such column"))), at(0));
    assertThat(watch.doing("speed")).isEqualTo("no such column");
    watch.ready("speed", at(1));
    assertThat(watch.still(at(1))).isZero();
  }

  private void check(int minute) {
    assertThatCode(() -> watch.check(LOGS, at(minute))).doesNotThrowAnyException();
  }

  private static Signs signs(long cpuSeconds, Optional<LayerStatus> status, String... lines) {
    return new Signs(
        7, ProcessState.STARTING, Duration.ofSeconds(cpuSeconds), status, List.of(lines));
  }

  private static Optional<LayerStatus> status(Map<String, String> details) {
    return Optional.of(
        new LayerStatus("speed", "host:7", "starting", Instant.EPOCH, Instant.now(), details));
  }

  private static long at(long minutes) {
    return at(minutes, 0);
  }

  private static long at(long minutes, long seconds) {
    return Duration.ofMinutes(minutes).plusSeconds(seconds).toNanos();
  }
}
