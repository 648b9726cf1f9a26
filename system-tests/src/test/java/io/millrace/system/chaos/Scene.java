package io.millrace.system.chaos;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * What a fault can reach.
 *
 * @param random where its choices come from
 */
record Scene(
    ChaosSystem system, Traffic traffic, Sampling sampling, Watch watch, SplittableRandom random) {
  /** Lets the system go on for so long as it is. */
  void pass(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** As {@link #pass(Duration)}, for a time between the two. */
  void pass(int leastSeconds, int mostSeconds) {
    pass(Duration.ofMillis(random.nextLong(leastSeconds * 1000L, mostSeconds * 1000L + 1)));
  }
}
