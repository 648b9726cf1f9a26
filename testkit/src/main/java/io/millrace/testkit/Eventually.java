package io.millrace.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for a condition to become true, with a deadline. */
public final class Eventually {
  private static final long SHORTEST_PAUSE = Duration.ofMillis(20).toNanos();
  private static final long LONGEST_PAUSE = Duration.ofMillis(250).toNanos();

  /** A pause is this part of what was waited already: it makes no wait longer by more. */
  private static final int PART = 20;

  private Eventually() {}

  /**
   * Returns as soon as {@code condition} is true. Asks every 20 ms at first and every quarter of a
   * second after five: what is waited for that long needs the processor more than the question
   * does.
   *
   * @param what the condition in words, for the error: "the replica to be ready"
   * @throws AssertionError if {@code deadline} has passed and it is still false; an exception of
   *     the last attempt is its cause
   */
  public static void await(String what, Duration deadline, Callable<Boolean> condition) {
    long began = System.nanoTime();
    long waited;
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
      waited = System.nanoTime() - began;
      LockSupport.parkNanos(Math.max(SHORTEST_PAUSE, Math.min(LONGEST_PAUSE, waited / PART)));
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("interrupted while waiting for " + what, last);
      }
    } while (waited < deadline.toNanos());
    throw new AssertionError("waited " + deadline.toMillis() + " ms in vain for " + what, last);
  }

  /** As {@link #await(String, Duration, Callable)}, unnamed. */
  public static void await(Duration deadline, Callable<Boolean> condition) {
    await("the condition", deadline, condition);
  }
}
