package io.millrace.system.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testkit.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** Clocks that are off: of who sends events, and of the processes themselves. */
final class ClockFaults {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What a status, or a record, may be old. */
  private static final Duration NEAR = Duration.ofMinutes(10);

  private ClockFaults() {}

  /**
   * Events come from a clock that is off, in what they say and in their records' timestamps. Kafka
   * itself refuses timestamps more than an hour ahead.
   */
  static Fault ofProducers(Duration off) {
    return new Fault("clock of the producers off by " + off) {
      @Override
      void strike(Scene scene) {
        scene.traffic().clock(off);
        Eventually.await(
            "Kafka to take records of that time",
            PATIENCE,
            () -> near(scene.traffic().lastTimestamp(), off));
      }

      @Override
      void lasts(Scene scene) {
        scene.pass(10, 15);
      }

      @Override
      void heal(Scene scene) {
        scene.traffic().clock(Duration.ZERO);
      }

      @Override
      boolean untilRun() {
        return true;
      }
    };
  }

  /**
   * The process is started with its clock an hour ahead; then the clock is set right under it. The
   * batch layer's is behind at first: what is ahead in the lake would stop it for an hour.
   */
  static Fault ofProcess(Member member, Path library) {
    boolean behind = member == Member.BATCH;
    Duration off = Duration.ofHours(behind ? -1 : 1);
    return new ProcessFaults.OfMember("clock of " + member + " off by " + off, member) {
      @Override
      void strike(Scene scene) throws Exception {
        Path offset = Files.createTempFile(Path.of("target"), "clock", "").toAbsolutePath();
        FakeTime clock = new FakeTime(library, offset);
        clock.set(behind ? "-1h" : "+1h");
        scene.system().kill(member);
        scene.system().start(member, clock.environment());
        awaitClock(scene, off);
        if (behind) {
          Eventually.await(member + " to say so", PATIENCE, () -> saysSo(scene));
        }
        scene.pass(10, 15);
        scene.system().awaitWell("with the clock off", scene.sampling().watched(), !behind);

        clock.set("+0");
        awaitClock(scene, Duration.ZERO);
      }

      private boolean saysSo(Scene scene) {
        return scene.system().status(member).orElseThrow().errors().values().stream()
            .anyMatch(error -> error.contains("found that its newest snapshot was made at"));
      }

      @Override
      void lasts(Scene scene) throws Exception {
        scene.system().awaitWell("with the clock set back", scene.sampling().watched(), true);
        assertThat(scene.system().alive(member)).isTrue();
      }

      @Override
      void heal(Scene scene) {
        scene.system().kill(member);
        scene.system().start(member);
      }

      @Override
      boolean untilRun() {
        return true;
      }

      private void awaitClock(Scene scene, Duration off) {
        Eventually.await(
            member + " to tell that time",
            PATIENCE,
            () ->
                scene.system().status(member).filter(status -> near(status.at(), off)).isPresent());
      }
    };
  }

  private static boolean near(Instant time, Duration off) {
    return Duration.between(Instant.now().plus(off), time).abs().compareTo(NEAR) < 0;
  }
}
