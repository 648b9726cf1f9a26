package io.millrace.launcher.local.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoryTest {
  @TempDir private Path root;

  @Test
  void shouldRefuseASecondSystemWithTheProcessOfTheFirst() {
    DataDirectory dir = new DataDirectory(root.resolve("data"));
    dir.prepare();
    try (DataDirectory.Lock lock = dir.lock()) {
      assertThat(lock).isNotNull();
      assertThat(dir.owner()).contains(ProcessHandle.current());
      assertThatThrownBy(dir::lock)
          .isInstanceOf(MillraceException.class)
          .hasMessage(
              "cannot start: found Millrace running on "
                  + dir.root()
                  + " already (process "
                  + ProcessHandle.current().pid()
                  + "), expected none; stop it by 'millrace down', or set another data.dir");
    }
    assertThat(dir.owner()).isEmpty();
    dir.lock().close();
  }

  /** A launcher that holds the data directory until its input ends. */
  static final class Launcher {
    public static void main(String[] args) throws IOException {
      DataDirectory dir = new DataDirectory(Path.of(args[0]));
      dir.prepare();
      try (DataDirectory.Lock lock = dir.lock()) {
        System.out.println("locked " + (lock != null));
        System.in.read();
      }
    }
  }

  @Test
  void shouldKnowTheLauncherByItsLockWhileItLives() throws Exception {
    DataDirectory dir = new DataDirectory(root);
    Process launcher = launcher();
    try {
      assertThat(launcher.inputReader().readLine()).isEqualTo("locked true");
      assertThat(dir.owner()).contains(launcher.toHandle());
      // Asking has not taken it away.
      assertThat(dir.owner()).contains(launcher.toHandle());
      assertThatThrownBy(dir::lock).hasMessageContaining("process " + launcher.pid());
    } finally {
      launcher.destroyForcibly().onExit().join();
    }
    // It was killed: what it left behind is the id of anybody.
    Path left = root.resolve("run").resolve("pid");
    assertThat(left).exists();
    Files.writeString(left, Long.toString(ProcessHandle.current().pid()));
    assertThat(dir.owner()).isEmpty();
    Process another = new ProcessBuilder("sleep", "300").start();
    try {
      Files.writeString(left, Long.toString(another.pid()));
      assertThat(dir.owner()).isEmpty();
    } finally {
      another.destroyForcibly().onExit().join();
    }
  }

  @Test
  void shouldKeepItsLockWhenASecondSystemOfTheSameJvmIsRefused() throws Exception {
    DataDirectory dir = new DataDirectory(root);
    dir.prepare();
    try (DataDirectory.Lock lock = dir.lock()) {
      assertThat(lock).isNotNull();
      assertThatThrownBy(dir::lock).hasMessageContaining("running");
      Process second = launcher();
      try {
        assertThat(second.onExit().get(60, TimeUnit.SECONDS).exitValue()).isNotZero();
      } finally {
        second.destroyForcibly().onExit().join();
      }
    }
  }

  private Process launcher() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            Launcher.class.getName(),
            root.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  @Test
  void shouldPassOnTheJvmOptionsOfTheBuild() {
    assertThat(JvmCommand.options())
        .contains("--add-opens=java.base/java.nio=ALL-UNNAMED", "-Duser.timezone=UTC")
        .noneMatch(option -> option.contains("$"));
  }
}
