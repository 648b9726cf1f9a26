package io.millrace.serving.merge;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where a run's state ends and live state begins, per source partition; {@code
 * docs/spec/speed-topic.md} has the rule. A seam exists only if it fits: every record below {@link
 * #live} is in the batch state or in exactly one added segment.
 *
 * <p>A partition the speed layer has never flushed has nothing to add; its live position is the
 * boundary.
 *
 * <p>Immutable and thread-safe.
 *
 * @param boundary the run's boundary
 * @param live exclusive end of what batch state and added segments cover together
 * @param firstSegments per partition the start of the first segment to add; a partition that is not
 *     named adds nothing
 */
public record Seam(Position boundary, Position live, Map<Integer, Long> firstSegments)
    implements SegmentRange {
  public Seam {
    firstSegments = Map.copyOf(firstSegments);
  }

  /**
   * As {@link #fit(String, Position, Map)}, of one topic.
   *
   * @param topicId of the topic whose offsets the boundary has; empty: not known
   * @throws MillraceException {@code TOPIC_CHANGED} if live state is of another topic; {@code
   *     SEGMENT_GAP}
   */
  public static Seam fit(
      String subject,
      Position boundary,
      Optional<String> topicId,
      Map<Integer, Progress> progress) {
    for (Map.Entry<Integer, Progress> entry : progress.entrySet()) {
      Optional<String> found = entry.getValue().topicId();
      if (topicId.isPresent() && found.isPresent() && !found.equals(topicId)) {
        throw new MillraceException(
            ErrorCode.TOPIC_CHANGED,
            "cannot merge "
                + subject
                + " with its live state: found offsets of the topic with id "
                + found.get()
                + " on partition "
                + entry.getKey()
                + ", expected "
                + topicId.get()
                + ", whose records the run has; apply the source's topic as a new beginning:"
                + " `millrace apply DIR --new-topic SOURCE`");
      }
    }
    return fit(subject, boundary, progress);
  }

  /**
   * @param subject names the view and run in the error
   * @param boundary of the run
   * @param progress the newest flush of each partition that has one
   * @throws MillraceException {@code SEGMENT_GAP} naming partition, offsets and cuts
   */
  public static Seam fit(String subject, Position boundary, Map<Integer, Progress> progress) {
    Map<Integer, Long> firstSegments = new TreeMap<>();
    Position live = boundary;
    for (Map.Entry<Integer, Progress> entry : progress.entrySet()) {
      int partition = entry.getKey();
      Progress flushed = entry.getValue();
      long bound = boundary.offset(partition);
      if (bound >= flushed.position()) {
        continue;
      }
      if (!flushed.cuts().contains(bound)) {
        throw gap(subject, partition, bound, flushed);
      }
      firstSegments.put(partition, bound);
      live = live.with(partition, flushed.position());
    }
    return new Seam(boundary, live, firstSegments);
  }

  /** The seam below every segment: live state alone, from the first cut of each partition on. */
  public static Seam withoutRun(Map<Integer, Progress> progress) {
    Map<Integer, Long> firstSegments = new TreeMap<>();
    Position boundary = Position.empty();
    Position live = Position.empty();
    for (Map.Entry<Integer, Progress> entry : progress.entrySet()) {
      long first = entry.getValue().cuts().get(0);
      firstSegments.put(entry.getKey(), first);
      boundary = boundary.with(entry.getKey(), first);
      live = live.with(entry.getKey(), entry.getValue().position());
    }
    return new Seam(boundary, live, firstSegments);
  }

  @Override
  public boolean includes(int partition, long segment) {
    Long first = firstSegments.get(partition);
    return first != null && segment >= first;
  }

  private static MillraceException gap(
      String subject, int partition, long bound, Progress flushed) {
    String hint =
        bound < flushed.birth()
            ? "live state starts at offset "
                + flushed.birth()
                + "; wait for a run whose boundary is at or past it"
            : "wait for the next run, or run `millrace recompute`";
    return new MillraceException(
        ErrorCode.SEGMENT_GAP,
        "cannot merge "
            + subject
            + " with its live state: found boundary "
            + bound
            + " on partition "
            + partition
            + ", expected one of the cuts "
            + flushed.cuts()
            + " or at least "
            + flushed.position()
            + "; "
            + hint);
  }
}
