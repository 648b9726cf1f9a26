package io.millrace.speed.streams;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How far a source partition reaches, and how far it has been read.
 *
 * @param readable exclusive end of what can be read: of records of transactions that have ended
 * @param end exclusive end of what was written
 * @param read the offset that the tasks' group committed; past its last record where only records
 *     of aborted transactions and markers lie between
 * @param waiting the transaction that has been open for long before {@code end}, if there is one
 */
public record SourceEnd(long readable, long end, long read, Optional<OpenTransaction> waiting) {
  /**
   * @param start offset of its first record
   * @param seen when it was first noticed
   * @param producerId of its producer, if the broker says
   * @param wroteAt when that producer last wrote, if the broker says
   */
  public record OpenTransaction(
      long start, Instant seen, OptionalLong producerId, Optional<Instant> wroteAt) {}

  /**
   * Offsets that are not in the live state yet.
   *
   * @param position of the task, exclusive
   */
  public long lag(long position) {
    return Math.max(0, readable - Math.max(position, read));
  }
}
