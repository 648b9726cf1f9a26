package io.millrace.system.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.lake.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

  /**
   * Files that the process writes cannot grow any more, as on a full disk; some seconds later they
   * can again. A process that ended of it is started, as a supervisor does.
   */
  static Fault fullDisk(Member member) {
    return new FullDisk("full disk of " + member, member) {
      @Override
      void strike(Scene scene) throws Exception {
        limit(scene);
        // What was being written when it struck has failed by then, or was all written.
        scene.pass(Duration.ofSeconds(2));
        before = reached(scene);
      }

      @Override
      void lasts(Scene scene) throws Exception {
        scene.pass(15, 25);
        if (member != Member.SPEED) {
          assertStands(scene);
        } else if (!stands(scene)) {
          // Its stores write when their buffers are full, or when it ends.
          scene.system().end(member);
        }
      }
    };
  }

  /** As {@link #fullDisk}, of a process that is started when the disk is full already. */
  static Fault startOnFullDisk(Member member) {
    return new FullDisk("start on a full disk of " + member, member) {
      @Override
      void strike(Scene scene) throws Exception {
        scene.system().kill(member);
        before = reached(scene);
        scene.system().start(member);
        limit(scene);
      }
    };
  }

  private abstract static class FullDisk extends ProcessFaults.OfMember {
    /** How far the process's work had come. */
    String before;

    FullDisk(String name, Member member) {
      super(name, member);
    }

    final void limit(Scene scene) throws IOException {
      long pid = scene.system().pid(member);
      Signals.limitFiles(pid, "4096");
      assertThat(Files.readString(Path.of("/proc/" + pid + "/limits")))
          .containsPattern("Max file size +4096 ");
    }

    /** What the process cannot go on with unless it writes. */
    final String reached(Scene scene) throws Exception {
      try {
        return switch (member) {
          case SPEED -> scene.system().http(Member.SERVING_A).live("by_item").toString();
          case SERVING_A, SERVING_B -> scene.system().http(member).boundary("by_item").toString();
          default -> Snapshots.position(scene.system().lake(Shop.SALES)).orElseThrow().toString();
        };
      } catch (IOException e) {
        return "no answer";
      }
    }

    @Override
    void lasts(Scene scene) throws Exception {
      scene.pass(15, 25);
      assertStands(scene);
    }

    final void assertStands(Scene scene) throws Exception {
      assertThat(stands(scene)).as("%s: stands still at %s", this, before).isTrue();
    }

    final boolean stands(Scene scene) throws Exception {
      String after = reached(scene);
      return after.equals(before) || after.equals("no answer");
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
    boolean untilRun() {
      return true;
    }
  }
}
