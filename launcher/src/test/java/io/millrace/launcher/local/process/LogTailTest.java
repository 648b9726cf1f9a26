package io.millrace.launcher.local.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {
  @TempDir private Path dir;

  @Test
  void shouldReadWholeLinesFromNowOn() throws Exception {
    Path log = dir.resolve("speed.log");
    Files.writeString(log, "of an earlier life\n");
    LogTail tail = new LogTail(log);

    assertThat(tail.next()).isEmpty();
    append(log, "one\n\ntw");
    assertThat(tail.next()).containsExactly("one");
    append(log, "o\nthree\n");
    assertThat(tail.next()).containsExactly("two", "three");
    assertThat(tail.next()).isEmpty();
    Files.writeString(log, "new\n");
    assertThat(tail.next()).as("rolled over").containsExactly("new");
    append(log, "x".repeat(200_000) + "\nlast\n");
    assertThat(tail.next()).as("no more than is bounded").hasSize(2).endsWith("last");
  }

  @Test
  void shouldWaitForAFileThatIsStillToBeMade() throws Exception {
    LogTail tail = new LogTail(dir.resolve("later.log"));
    assertThat(tail.next()).isEmpty();
    append(dir.resolve("later.log"), "here\n");
    assertThat(tail.next()).containsExactly("here");
  }

  private static void append(Path file, String text) throws Exception {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
