package io.millrace.control.model;

import java.util.List;
import java.util.Optional;

/**
 * What the speed layer says of one view version on one source partition at the end of each flush:
 * with the state records before it in the same transaction it is a consistent speed view.
 *
 * <p>Segment <i>i</i> covers the offsets {@code [cuts[i], cuts[i+1])}; the last, open one covers
 * {@code [cuts[last], position)}.
 *
 * @param birth the first offset the speed layer ever aggregated for this view version here
 * @param cuts ascending starts of the segments that are kept, never empty; {@code cuts[0] ≥ birth}
 * @param position exclusive end: all records below it (from {@code cuts[0]} on) are in the segments
 * @param rejected records in {@code [birth, position)} that could not be decoded
 * @param failed records in {@code [birth, position)} that a view expression threw on
 * @param flushedAtMs wall clock of the flush, epoch ms; a heartbeat renews it while nothing arrives
 * @param recordTimestampMs largest Kafka timestamp below {@code position}, epoch ms; −1 if none
 * @param instance the speed-layer process that wrote it
 * @param topicId Kafka's id of the source topic whose offsets these are; empty if it was not known
 * @param speedTopicId Kafka's id of the speed topic that all of this was published to: in another
 *     topic the record means nothing; empty in records that are older than the field
 */
public record Progress(
    long birth,
    List<Long> cuts,
    long position,
    long rejected,
    long failed,
    long flushedAtMs,
    long recordTimestampMs,
    String instance,
    Optional<String> topicId,
    Optional<String> speedTopicId) {
  public Progress {
    cuts = List.copyOf(cuts);
    if (cuts.isEmpty() || cuts.get(0) < birth || cuts.get(cuts.size() - 1) > position) {
      throw new IllegalArgumentException(
          "cannot make a progress record: found cuts "
              + cuts
              + ", expected at least one, from birth "
              + birth
              + " to position "
              + position);
    }
    for (int i = 1; i < cuts.size(); i++) {
      if (cuts.get(i - 1) >= cuts.get(i)) {
        throw new IllegalArgumentException(
            "cannot make a progress record: found cuts " + cuts + ", expected them ascending");
      }
    }
  }

  /** A flush of topics whose ids are not known. */
  public Progress(
      long birth,
      List<Long> cuts,
      long position,
      long rejected,
      long failed,
      long flushedAtMs,
      long recordTimestampMs,
      String instance) {
    this(
        birth,
        cuts,
        position,
        rejected,
        failed,
        flushedAtMs,
        recordTimestampMs,
        instance,
        Optional.empty(),
        Optional.empty());
  }
}
