package io.millrace.control.process;

import java.util.concurrent.CompletableFuture;

/** Ends this process when the one that started it is gone, however that one died. */
public final class ParentWatch {
  private ParentWatch() {}

  /**
   * Runs {@code whenGone} once, on another thread, as soon as the process {@code pid} does not
   * exist.
   *
   * @param pid of the parent; if there is no such process, it is gone already
   */
  public static void watch(long pid, Runnable whenGone) {
    CompletableFuture<?> gone =
        ProcessHandle.of(pid)
            .<CompletableFuture<?>>map(ProcessHandle::onExit)
            .orElseGet(() -> CompletableFuture.completedFuture(null));
    gone.thenRunAsync(
        whenGone,
        task -> {
          Thread thread = new Thread(task, "parent-watch");
          thread.setDaemon(true);
          thread.start();
        });
  }

  /**
   * Exits with status 1, through the shutdown hooks, as soon as the process {@code pid} is gone.
   */
  public static void exitWith(long pid) {
    watch(pid, () -> System.exit(1));
  }
}
