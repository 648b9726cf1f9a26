package io.millrace.launcher.local.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import java.nio.file.Path;
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

  @Test
  void shouldPassOnTheJvmOptionsOfTheBuild() {
    assertThat(JvmCommand.options())
        .contains("--add-opens=java.base/java.nio=ALL-UNNAMED", "-Duser.timezone=UTC")
        .noneMatch(option -> option.contains("$"));
  }
}
