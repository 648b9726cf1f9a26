package io.millrace.serving;

/** Which segments of live state a scan adds. */
@FunctionalInterface
interface SegmentRange {
  /** No segment: batch state alone. */
  SegmentRange NONE = (partition, segment) -> false;

  /**
   * @param partition source partition
   * @param segment start offset of the segment
   */
  boolean includes(int partition, long segment);
}
