package io.millrace.launcher.local.process;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a launcher runs, as it writes it to {@link DataDirectory#processes} for {@code millrace
 * status}.
 *
 * @param launcherPid the launcher
 * @param startedAt when the launcher started
 * @param processes in start order
 */
public record ProcessTable(long launcherPid, Instant startedAt, List<Entry> processes) {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new JavaTimeModule())
          .registerModule(new Jdk8Module())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);

  public ProcessTable {
    processes = List.copyOf(processes);
  }

  /**
   * @param name {@code broker}, {@code speed}, {@code batch} or {@code serving}
   * @param pid −1 while there is none
   * @param state what it does
   * @param since when it entered the state
   * @param restarts how often it was started again after dying
   * @param lastEnd how it ended last, in words
   */
  public record Entry(
      String name,
      long pid,
      ProcessState state,
      Instant since,
      int restarts,
      Optional<String> lastEnd) {}

  public void write(Path file) throws IOException {
    DataDirectory.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this));
  }

  /** The table last written, if there is one. */
  public static Optional<ProcessTable> read(Path file) {
    try {
      return Optional.of(JSON.readValue(Files.readString(file), ProcessTable.class));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
