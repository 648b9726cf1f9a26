package io.millrace.control.log;

import java.time.Duration;

/**
 * A clock for silences: it goes on while anybody is heard. Where nobody is, this process included,
 * it is the topic that is not heard, and after {@link #STILL} the clock stands until somebody is
 * heard again: a broker that was away for minutes makes no process silent. Thread-safe.
 */
final class Hearing {
  /** Processes say something every 2 s. */
  static final Duration STILL = Duration.ofSeconds(10);

  private long counted;
  private long heardAtNanos;

  /**
   * @param nanos the time, as {@link System#nanoTime}, as in all calls
   */
  Hearing(long nanos) {
    this.heardAtNanos = nanos;
  }

  /** Somebody is heard; returns what the clock shows. */
  synchronized long heard(long nanos) {
    counted = at(nanos);
    heardAtNanos = nanos;
    return counted;
  }

  /** What the clock shows, in nanoseconds. */
  synchronized long at(long nanos) {
    return counted + Math.min(nanos - heardAtNanos, STILL.toNanos());
  }
}
