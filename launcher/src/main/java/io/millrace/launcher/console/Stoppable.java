package io.millrace.launcher.console;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Something that takes a while to start, given up when a {@link StopSignal} comes first. */
public final class Stoppable<T extends AutoCloseable> implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Thread starter;
  private final CompletableFuture<T> started;
  private final boolean interrupted;

  private Stoppable(Thread starter, CompletableFuture<T> started, boolean interrupted) {
    this.starter = starter;
    this.started = started;
    this.interrupted = interrupted;
  }

  /**
   * @throws RuntimeException what {@code start} threw
   */
  public static <T extends AutoCloseable> Stoppable<T> start(StopSignal stop, Supplier<T> start) {
    CompletableFuture<T> started = new CompletableFuture<>();
    Thread starter =
        new Thread(
            () -> {
              try {
                started.complete(start.get());
              } catch (RuntimeException | Error e) {
                started.completeExceptionally(e);
              }
            },
            "start");
    starter.setDaemon(true);
    starter.start();
    while (!started.isDone()) {
      if (stop.await(Duration.ofMillis(50))) {
        return new Stoppable<>(starter, started, true);
      }
    }
    try {
      started.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
    return new Stoppable<>(starter, started, false);
  }

  public boolean interrupted() {
    return interrupted;
  }

  public T value() {
    return started.join();
  }

  /** Closes what was started; what is still starting is interrupted and stops by itself. */
  @Override
  public void close() {
    if (!started.isDone()) {
      starter.interrupt();
      try {
        starter.join(PATIENCE.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (!started.isDone() || started.isCompletedExceptionally()) {
      return;
    }
    try {
      started.join().close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("cannot stop", e);
    }
  }
}
