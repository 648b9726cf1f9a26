package io.millrace.serving.merge;

/** Which segments of live state a scan adds. */
@FunctionalInterface
public interface SegmentRange {
  /** No segment: batch state alone. */
  SegmentRange NONE = (partition, segment) -> false;

  /**
   * @param partition source partition
   * @param segment start offset of the segment
   */
  boolean includes(int partition, long segment);
}
