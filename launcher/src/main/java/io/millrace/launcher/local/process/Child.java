package io.millrace.launcher.local.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** One supervised process through all its lives. Confined to the supervisor's thread. */
public final class Child {
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration HEALTHY = Duration.ofSeconds(60);
  private static final int TAIL_BYTES = 4096;
  private static final int TAIL_LINES = 4;

  /** Of a stack trace, which would leave no room for what it is of. */
  private static final Pattern FRAME = Pattern.compile("at \\S+\\(.*\\)|\\.\\.\\. \\d+ more");

  public final String name;
  public final String where;
  private final JvmCommand command;
  private final Path output;
  private ProcessState state = ProcessState.WAITING;
  private Process process;
  private Instant since = Instant.now();
  private Instant startedAt = since;
  private long outputStart;
  private int restarts = -1;
  private int deathsInARow;
  private boolean everReady;
  private Optional<String> lastEnd = Optional.empty();

  /**
   * @param where the address it answers at, for people; may be empty
   */
  public Child(String name, String where, JvmCommand command, Path output) {
    this.name = name;
    this.where = where;
    this.command = command;
    this.output = output;
  }

  public Process start() throws IOException {
    outputStart = Files.exists(output) ? Files.size(output) : 0;
    process = command.layer(output).start();
    startedAt = Instant.now();
    restarts++;
    become(ProcessState.STARTING);
    return process;
  }

  public void ready() {
    everReady = true;
    become(ProcessState.RUNNING);
  }

  /** The process has ended on its own; says how long to wait before the next start. */
  public Duration died() {
    boolean healthy =
        state == ProcessState.RUNNING
            && Duration.between(since, Instant.now()).compareTo(HEALTHY) > 0;
    deathsInARow = healthy ? 1 : deathsInARow + 1;
    lastEnd = Optional.of(end());
    become(ProcessState.WAITING);
    return pause();
  }

  /** The process could not be started; says how long to wait before the next attempt. */
  public Duration notStarted(IOException e) {
    deathsInARow++;
    lastEnd = Optional.of("could not be started: " + e.getMessage());
    return pause();
  }

  private Duration pause() {
    Duration pause = Duration.ofMillis(500L << Math.min(deathsInARow, 8));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  public void failed() {
    lastEnd = Optional.of(end());
    become(ProcessState.FAILED);
  }

  public void stopped() {
    if (state != ProcessState.STOPPED) {
      become(ProcessState.STOPPED);
    }
  }

  private void become(ProcessState next) {
    if (!state.mayBecome(next)) {
      throw new IllegalStateException(name + " cannot become " + next + ": it is " + state);
    }
    state = next;
    since = Instant.now();
  }

  public ProcessState state() {
    return state;
  }

  public boolean everReady() {
    return everReady;
  }

  public int deathsInARow() {
    return deathsInARow;
  }

  public Duration sinceStart() {
    return Duration.between(startedAt, Instant.now());
  }

  public Optional<Process> process() {
    return Optional.ofNullable(process);
  }

  public boolean alive() {
    return process != null && process.isAlive();
  }

  public ProcessTable.Entry entry() {
    return new ProcessTable.Entry(
        name, alive() ? process.pid() : -1, state, since, Math.max(0, restarts), lastEnd);
  }

  /** How the process ended: its exit and the last it printed. */
  private String end() {
    String said = String.join("\n", lastLines());
    String exit =
        switch (process.exitValue()) {
          case 3 -> "ran out of memory (-Xmx" + command.maxHeap() + ", memory." + name + ")";
          case 134, 139 ->
              "crashed: its JVM was aborted, hs_err_pid" + process.pid() + ".log says why";
          case 137 -> "was killed (SIGKILL), by somebody or by a system short of memory";
          case 143 -> "was terminated (SIGTERM)";
          default -> "ended with exit code " + process.exitValue();
        };
    return said.isEmpty() ? exit : exit + ": " + said;
  }

  /** The last lines that this life of the process printed. */
  private List<String> lastLines() {
    try (RandomAccessFile file = new RandomAccessFile(output.toFile(), "r")) {
      long from = Math.max(outputStart, file.length() - TAIL_BYTES);
      byte[] bytes = new byte[(int) Math.max(0, file.length() - from)];
      file.seek(from);
      file.readFully(bytes);
      List<String> lines =
          Arrays.stream(new String(bytes, StandardCharsets.UTF_8).split("\n"))
              .map(String::strip)
              .filter(line -> !line.isEmpty() && !line.equals(name + " ready"))
              .filter(line -> !line.startsWith("Picked up JAVA_TOOL_OPTIONS"))
              .filter(line -> !FRAME.matcher(line).matches())
              .toList();
      return lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
    } catch (IOException e) {
      return List.of("(its output cannot be read: " + e + ")");
    }
  }
}
