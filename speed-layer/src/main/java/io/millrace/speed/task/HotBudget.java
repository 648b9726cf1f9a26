package io.millrace.speed.task;

import java.util.concurrent.atomic.AtomicInteger;

/** What the groups on heap may take, shared evenly by the process's tasks. Thread-safe. */
public final class HotBudget {
  private final long bytes;
  private final AtomicInteger tasks = new AtomicInteger();

  /**
   * @param bytes of all tasks together
   */
  public HotBudget(long bytes) {
    this.bytes = bytes;
  }

  void taskOpened() {
    tasks.incrementAndGet();
  }

  void taskClosed() {
    tasks.decrementAndGet();
  }

  long perTask() {
    return bytes / Math.max(1, tasks.get());
  }
}
