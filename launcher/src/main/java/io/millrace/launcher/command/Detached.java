package io.millrace.launcher.command;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.local.process.BackgroundLauncher;
import io.millrace.launcher.local.process.DataDirectory;
import io.millrace.launcher.local.process.ProcessState;
import io.millrace.launcher.local.process.ProcessTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A launcher in the background: started, and watched until its system is ready. */
final class Detached {
  private static final Duration POLL = Duration.ofMillis(200);

  private final DataDirectory dir;
  private final Console console;

  Detached(MillraceConfig config, Console console) {
    this.dir = new DataDirectory(config.dataDir());
    this.console = console;
  }

  /**
   * @param main the main class of a launcher
   * @param arguments of the launcher in the background
   * @return the exit code
   */
  int start(Class<?> main, List<String> arguments) {
    Path output = BackgroundLauncher.output(dir);
    long shown = size(output);
    Process launcher = BackgroundLauncher.start(dir, main.getName(), arguments);
    boolean ready = false;
    boolean ended = false;
    while (!ready && !ended) {
      try {
        ended = launcher.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return ExitCode.FAILED;
      }
      ready = ready(launcher.pid());
      shown = show(output, shown);
    }
    if (ended) {
      return launcher.exitValue() == 0 ? ExitCode.FAILED : launcher.exitValue();
    }
    console.line(
        "running in the background, process " + launcher.pid() + "; 'millrace down' stops it");
    return ExitCode.OK;
  }

  private boolean ready(long launcher) {
    return ProcessTable.read(dir.processes())
        .filter(table -> table.launcherPid() == launcher && table.processes().size() >= 3)
        .filter(
            table ->
                table.processes().stream().anyMatch(entry -> entry.name().equals("serving"))
                    && table.processes().stream()
                        .allMatch(entry -> entry.state() == ProcessState.RUNNING))
        .isPresent();
  }

  /** Prints what the launcher printed since {@code from}; returns where that ends. */
  private long show(Path output, long from) {
    try {
      byte[] bytes = Files.readAllBytes(output);
      String text =
          new String(bytes, (int) from, (int) (bytes.length - from), StandardCharsets.UTF_8);
      int end = text.lastIndexOf('\n');
      if (end < 0) {
        return from;
      }
      text.substring(0, end).lines().forEach(console::line);
      return from + text.substring(0, end + 1).getBytes(StandardCharsets.UTF_8).length;
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE, "cannot read " + output + ": " + e, e);
    }
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE, "cannot read " + file + ": " + e, e);
    }
  }
}
