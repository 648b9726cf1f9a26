package io.millrace.speed.task;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;

/**
 * Proves, before records are committed, that none were deleted before they were read: where
 * retention overtakes the consumer, it goes on by itself at what is left. Where offsets were
 * missing it is looked, before the commit, whether the topic still has its records from there on:
 * its first offset only grows, so then none were deleted, and the gap is one of transactions or
 * compaction.
 *
 * <p>For one task.
 */
final class GapProof {
  private static final long NONE = Long.MAX_VALUE;

  private final int partition;
  private final SourceOffsets offsets;
  private long firstGap = NONE;

  GapProof(int partition, SourceOffsets offsets) {
    this.partition = partition;
    this.offsets = offsets;
  }

  /**
   * A record was read.
   *
   * @param expected the offset after the record before
   */
  void read(long offset, long expected) {
    if (offset > expected && firstGap == NONE) {
      firstGap = expected;
    }
  }

  /**
   * @throws MillraceException {@code RECORDS_LOST} if records may have been deleted before they
   *     were read: the task is to go back to its last commit, and opens again behind them
   */
  void prove() {
    if (firstGap == NONE) {
      return;
    }
    long beginning = offsets.beginning(partition);
    if (beginning > firstGap) {
      throw new MillraceException(
          ErrorCode.RECORDS_LOST,
          "cannot keep live state of partition "
              + partition
              + " whole: found that Kafka has deleted the records from offset "
              + firstGap
              + " to "
              + beginning
              + " before they were read, expected them to be there; the views start anew behind"
              + " them, and the next run makes them whole; make the topic's retention longer than"
              + " what the speed layer may be behind");
    }
    firstGap = NONE;
  }
}
