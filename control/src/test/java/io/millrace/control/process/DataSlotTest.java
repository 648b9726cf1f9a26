package io.millrace.control.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSlotTest {
  @TempDir Path shared;

  @Test
  void shouldGiveEachProcessTheFirstDirectoryThatNoOtherHolds() throws IOException {
    DataSlot first = DataSlot.claim(shared);
    try (DataSlot second = DataSlot.claim(shared)) {
      assertThat(first.directory()).isEqualTo(shared.resolve("slot-0"));
      assertThat(second.directory()).isEqualTo(shared.resolve("slot-1"));
      first.close();
      try (DataSlot third = DataSlot.claim(shared)) {
        assertThat(third.directory()).isEqualTo(shared.resolve("slot-0"));
      }
    }
  }

  /** Claims a slot below its argument, says so, and waits to be killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws IOException {
      try (DataSlot slot = DataSlot.claim(Path.of(args[0]))) {
        System.out.println(slot.directory().getFileName());
        System.in.read();
      }
    }
  }

  @Test
  void shouldTakeUpWhatAKilledProcessLeft() throws Exception {
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                shared.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("slot-0");
      Files.writeString(shared.resolve("slot-0/state"), "kept");
      try (DataSlot beside = DataSlot.claim(shared)) {
        assertThat(beside.directory()).isEqualTo(shared.resolve("slot-1"));
      }
      assertThat(holder.destroyForcibly().waitFor(30, TimeUnit.SECONDS)).isTrue();
      try (DataSlot next = DataSlot.claim(shared)) {
        assertThat(next.directory().resolve("state")).hasContent("kept");
      }
    } finally {
      holder.destroyForcibly();
    }
  }

  @Test
  void shouldSayWhatToDoIfTheDirectoryCannotBeWritten() throws IOException {
    Path file = Files.writeString(shared.resolve("file"), "");

    assertThatThrownBy(() -> DataSlot.claim(file))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("cannot take a directory below " + file + ": found that it cannot")
        .hasMessageEndingWith("expected a writable directory; change its rights or set data.dir");
  }
}
