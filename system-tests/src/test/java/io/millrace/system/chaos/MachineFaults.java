package io.millrace.system.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

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
}
