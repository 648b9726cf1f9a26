package io.millrace.speed.task;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** What the tasks of one source count. Thread-safe. */
public final class SourceMeters {
  private final Counter records;
  private final Counter rejected;
  private final Counter states;
  private final Timer flushes;
  private final DistributionSummary flushRecords;

  public SourceMeters(MeterRegistry registry, String source) {
    this.records =
        Counter.builder("millrace.speed.records")
            .description("Records taken in, those taken in again after a failure included")
            .tag("source", source)
            .register(registry);
    this.rejected =
        Counter.builder("millrace.speed.rejected.records")
            .description("Records taken in that could not be decoded")
            .tag("source", source)
            .register(registry);
    this.states =
        Counter.builder("millrace.speed.states.written")
            .description("States of groups written to speed topics")
            .tag("source", source)
            .register(registry);
    this.flushes =
        Timer.builder("millrace.speed.flush")
            .description(
                "Writing of what changed, before a commit; those without a record included")
            .tag("source", source)
            .register(registry);
    this.flushRecords =
        DistributionSummary.builder("millrace.speed.flush.records")
            .description("Records per flush of a partition")
            .tag("source", source)
            .register(registry);
  }

  void flushed(long taken, long bad, long micros) {
    records.increment(taken);
    rejected.increment(bad);
    flushRecords.record(taken);
    flushes.record(micros, TimeUnit.MICROSECONDS);
  }

  public void wroteState() {
    states.increment();
  }
}
