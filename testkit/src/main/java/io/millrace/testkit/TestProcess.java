package io.millrace.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that a test started. Thread-safe. */
public final class TestProcess {
  private static final Duration KILLED = Duration.ofSeconds(20);

  private final String name;
  private final Process process;
  private final Path log;

  TestProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  public long pid() {
    return process.pid();
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** The file that standard output and standard error go to; it may hold earlier processes' too. */
  public Path log() {
    return log;
  }

  /** All of {@link #log}. */
  public String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + log, e);
    }
  }

  /**
   * Returns when the output holds {@code text}.
   *
   * @throws AssertionError with the end of the output, if it ends or {@code deadline} passes before
   */
  public void awaitOutput(String text, Duration deadline) {
    try {
      Eventually.await(
          name + " to say '" + text + "'",
          deadline,
          () -> {
            boolean ended = !alive();
            if (output().contains(text)) {
              return true;
            }
            if (ended) {
              throw new AssertionError(name + " ended with status " + process.exitValue());
            }
            return false;
          });
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "; it said:\n" + tail(), e);
    }
  }

  /** Waits for the process to end by itself and returns its exit status. */
  public int awaitExit(Duration deadline) {
    try {
      if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(
            name + " has not ended after " + deadline.toMillis() + " ms; it said:\n" + tail());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + name, e);
    }
  }

  /** Sends SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** Ends it as {@code kill -9} does, with all its descendants, and returns when it is gone. */
  public void kill() {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
    awaitExit(KILLED);
  }

  private String tail() {
    List<String> lines = output().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
  }
}
