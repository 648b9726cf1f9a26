package io.millrace.batch.run;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Names of runs: unique, and sorted by their start. Thread-safe. */
final class RunIds {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final SecureRandom random = new SecureRandom();
  private Instant last = Instant.EPOCH;

  /** A name such as {@code 20260131T061500Z-003f2a}; later calls give larger names. */
  synchronized String next(Instant now) {
    // Milliseconds first, so that runs of one second sort by their start as well.
    Instant start = now.isAfter(last) ? now : last.plusMillis(1);
    last = start;
    return "%s-%03d%03x"
        .formatted(TIME.format(start), start.toEpochMilli() % 1000, random.nextInt(0x1000));
  }
}
