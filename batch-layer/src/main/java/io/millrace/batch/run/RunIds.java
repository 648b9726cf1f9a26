package io.millrace.batch.run;

import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Optional;

/**
 * Names of runs: unique, and sorted by their start, by whatever clock. The newest run is the one
 * with the largest name, so that a name is larger than all that are known: those of a driver whose
 * clock was ahead, too. Then it tells a later time than the run's start. Thread-safe.
 */
final class RunIds {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private static final int TIME_LENGTH = "20260131T061500Z".length();

  private final SecureRandom random = new SecureRandom();
  private Instant last = Instant.EPOCH;

  /**
   * A name such as {@code 20260131T061500Z-003f2a}; later calls give larger names.
   *
   * @param known names of runs there are, which the new one is larger than
   */
  synchronized String next(Instant now, Collection<String> known) {
    for (String id : known) {
      time(id).filter(time -> time.isAfter(last)).ifPresent(time -> last = time);
    }
    // Milliseconds first, so that runs of one second sort by their start as well.
    Instant start = now.isAfter(last) ? now : last.plusMillis(1);
    last = start;
    return "%s-%03d%03x"
        .formatted(TIME.format(start), start.toEpochMilli() % 1000, random.nextInt(0x1000));
  }

  /** The time that a name tells, to the millisecond; empty if it was not made here. */
  private static Optional<Instant> time(String id) {
    try {
      Instant second =
          LocalDateTime.parse(id.substring(0, TIME_LENGTH), TIME).toInstant(ZoneOffset.UTC);
      int millis = Integer.parseInt(id.substring(TIME_LENGTH + 1, TIME_LENGTH + 4));
      return Optional.of(second.plusMillis(millis));
    } catch (DateTimeException | IndexOutOfBoundsException | NumberFormatException e) {
      return Optional.empty();
    }
  }
}
