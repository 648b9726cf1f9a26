package io.millrace.serving.format;

import java.time.Duration;
import java.time.Instant;

/** Times as microseconds, as Spark keeps them: nothing is rounded. Stateless. */
final class Micros {
  private Micros() {}

  /** Since 1970, in UTC. */
  static long of(Instant time) {
    return of(time.getEpochSecond(), time.getNano());
  }

  static long of(Duration duration) {
    return of(duration.getSeconds(), duration.getNano());
  }

  /** The least number of microseconds has less seconds than fit, which the fraction brings back. */
  private static long of(long seconds, int nanos) {
    return seconds < 0
        ? Math.addExact(Math.multiplyExact(seconds + 1, 1_000_000L), nanos / 1_000 - 1_000_000L)
        : Math.addExact(Math.multiplyExact(seconds, 1_000_000L), nanos / 1_000);
  }
}
