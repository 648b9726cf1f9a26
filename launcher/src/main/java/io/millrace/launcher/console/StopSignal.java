package io.millrace.launcher.console;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import sun.misc.Signal;

/**
 * Ctrl-C and SIGTERM as something to wait for. While one is installed, the first signal asks for an
 * orderly stop; the second one ends this process at once, and its children follow.
 */
public final class StopSignal {
  private final CompletableFuture<Void> asked = new CompletableFuture<>();

  private StopSignal() {}

  public static StopSignal install() {
    StopSignal stop = new StopSignal();
    for (String name : new String[] {"INT", "TERM"}) {
      Signal.handle(new Signal(name), signal -> stop.signalled());
    }
    return stop;
  }

  private void signalled() {
    if (!asked.complete(null)) {
      Runtime.getRuntime().halt(ExitCode.FAILED);
    }
  }

  public boolean isAsked() {
    return asked.isDone();
  }

  /** Runs {@code action} at the first signal, on the signal's thread; at once if it has come. */
  public void whenAsked(Runnable action) {
    asked.thenRun(action);
  }

  public void await() {
    while (!await(Duration.ofHours(1))) {
      // Nobody has asked.
    }
  }

  /** Returns after {@code time}, or at the signal; says whether it was the signal. */
  public boolean await(Duration time) {
    try {
      asked.get(Math.max(0, time.toNanos()), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot be: nothing completes it exceptionally", e);
    }
  }
}
