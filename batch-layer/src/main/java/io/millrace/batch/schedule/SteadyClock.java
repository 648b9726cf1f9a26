package io.millrace.batch.schedule;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.LongSupplier;

/**
 * Tells the time that a clock told at first, and from then on counts by itself: pauses measured by
 * it are as long as they should be, though the machine's clock is set back or forth meanwhile.
 * Immutable and thread-safe.
 */
public final class SteadyClock extends Clock {
  private final Clock clock;
  private final Instant began;
  private final LongSupplier nanos;
  private final long beganNanos;

  public SteadyClock(Clock clock) {
    this(clock, System::nanoTime);
  }

  SteadyClock(Clock clock, LongSupplier nanos) {
    this(clock, clock.instant(), nanos, nanos.getAsLong());
  }

  private SteadyClock(Clock clock, Instant began, LongSupplier nanos, long beganNanos) {
    this.clock = clock;
    this.began = began;
    this.nanos = nanos;
    this.beganNanos = beganNanos;
  }

  @Override
  public Instant instant() {
    return began.plusNanos(nanos.getAsLong() - beganNanos);
  }

  @Override
  public ZoneId getZone() {
    return clock.getZone();
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return new SteadyClock(clock.withZone(zone), began, nanos, beganNanos);
  }
}
