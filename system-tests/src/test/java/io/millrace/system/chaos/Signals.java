package io.millrace.system.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** What Java has no call for. Stateless. */
final class Signals {
  private Signals() {}

  static void stop(long pid) {
    run("kill", "-STOP", Long.toString(pid));
  }

  static void goOn(long pid) {
    run("kill", "-CONT", Long.toString(pid));
  }

  /** The largest file that the process may write from now on: past it writes fail. */
  static void limitFiles(long pid, String bytes) {
    run("prlimit", "--pid", Long.toString(pid), "--fsize=" + bytes + ":");
  }

  private static void run(String... command) {
    try {
      Process process = new ProcessBuilder(command).inheritIO().start();
      if (process.waitFor() != 0) {
        throw new AssertionError(List.of(command) + " ended with " + process.exitValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
