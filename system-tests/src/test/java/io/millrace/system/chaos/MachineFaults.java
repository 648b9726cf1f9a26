package io.millrace.system.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.error.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A machine that has other things to do, and disks that are full. */
final class MachineFaults {
  private MachineFaults() {}

  /** Loops that do nothing, as many as {@code loops}. */
  static Fault busyLoops(int loops) {
    return new Fault("busy loops") {
      private final List<Process> busy = new ArrayList<>();

      @Override
      void strike(Scene scene) throws Exception {
        for (int i = 0; i < loops; i++) {
          // Ends by itself, should this JVM be killed.
          busy.add(
              new ProcessBuilder("timeout", "-s", "KILL", "120", "sh", "-c", "while :; do :; done")
                  .start());
        }
        assertThat(busy).allMatch(Process::isAlive);
      }

      @Override
      void lasts(Scene scene) throws Exception {
        scene.pass(10, 15);
        scene.system().awaitWell("beside busy loops", scene.sampling().watched(), false);
      }

      @Override
      void heal(Scene scene) {
        for (Process loop : busy) {
          loop.descendants().forEach(ProcessHandle::destroyForcibly);
          loop.destroyForcibly();
        }
      }
    };
  }

  /**
   * Files that the process writes cannot grow any more, as on a full disk; some seconds later they
   * can again. A process that ended of it is started, as a supervisor does.
   */
  static Fault fullDisk(Member member) {
    return new Fault("full disk of " + member) {
      @Override
      void strike(Scene scene) throws Exception {
        long pid = scene.system().pid(member);
        Signals.limitFiles(pid, "4096");
        assertThat(Files.readString(Path.of("/proc/" + pid + "/limits")))
            .containsPattern("Max file size +4096 ");
      }

      @Override
      void lasts(Scene scene) {
        scene.pass(15, 25);
      }

      @Override
      void heal(Scene scene) {
        if (scene.system().alive(member)) {
          Signals.limitFiles(scene.system().pid(member), "unlimited");
        } else {
          scene.system().start(member);
        }
      }

      @Override
      Set<ErrorCode> refusals() {
        return Member.REPLICAS.contains(member)
            ? Set.of(ErrorCode.VIEW_NOT_READY, ErrorCode.VIEW_UNKNOWN)
            : Set.of();
      }

      @Override
      Set<Member> silent() {
        return Member.REPLICAS.contains(member) ? Set.of(member) : Set.of();
      }

      @Override
      boolean untilRun() {
        return true;
      }
    };
  }
}
