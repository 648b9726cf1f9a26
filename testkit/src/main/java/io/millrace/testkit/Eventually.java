package io.millrace.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for a condition to become true, with a deadline. */
public final class Eventually {
  private static final long POLL_NANOS = Duration.ofMillis(20).toNanos();

  private Eventually() {}

  /**
   * Returns as soon as {@code condition} is true; asks every 20 ms.
   *
   * @param what the condition in words, for the error: "the replica to be ready"
   * @throws AssertionError if {@code deadline} has passed and it is still false; an exception of
   *     the last attempt is its cause
   */
  public static void await(String what, Duration deadline, Callable<Boolean> condition) {
    long end = System.nanoTime() + deadline.toNanos();
    Exception last;
    do {
      last = null;
      try {
        if (condition.call()) {
          return;
        }
      } catch (Exception e) {
        last = e;
      }
      LockSupport.parkNanos(POLL_NANOS);
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("interrupted while waiting for " + what, last);
      }
    } while (System.nanoTime() < end);
    throw new AssertionError("waited " + deadline.toMillis() + " ms in vain for " + what, last);
  }

  /** As {@link #await(String, Duration, Callable)}, unnamed. */
  public static void await(Duration deadline, Callable<Boolean> condition) {
    await("the condition", deadline, condition);
  }
}
