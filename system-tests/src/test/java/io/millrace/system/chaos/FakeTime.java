package io.millrace.system.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The wall clock of one process, by libfaketime: it is set while the process runs. Durations stay
 * as they are.
 *
 * @param library to load into the process
 * @param offset the file that says by how much the clock is off
 */
record FakeTime(Path library, Path offset) {
  private static final String NAME = "faketime/libfaketimeMT.so.1";

  /**
   * The library, from {@code -Dmillrace.chaos.faketime=PATH} or from where Debian's package has it.
   */
  static Optional<Path> find() {
    String given = System.getProperty("millrace.chaos.faketime", "");
    if (!given.isEmpty()) {
      return Optional.of(Path.of(given).toAbsolutePath()).filter(Files::isRegularFile);
    }
    try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
      return folders.map(folder -> folder.resolve(NAME)).filter(Files::isRegularFile).findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * @param by such as {@code +1h}
   */
  void set(String by) throws IOException {
    Files.writeString(offset, by + "\n");
  }

  /** What a process is started with. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "FAKETIME_TIMESTAMP_FILE", offset.toString(),
        "FAKETIME_CACHE_DURATION", "1",
        // Java waits by the monotonic clock.
        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
        "FAKETIME_FORCE_MONOTONIC_FIX", "0");
  }
}
