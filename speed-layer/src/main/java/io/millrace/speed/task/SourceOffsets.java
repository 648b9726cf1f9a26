package io.millrace.speed.task;

import java.util.Optional;

/** What the broker knows of the source topic's partitions. Thread-safe. */
public interface SourceOffsets {
  /**
   * @return the offset of the first record Kafka still has
   */
  long beginning(int partition);

  /**
   * @return where a task without state starts: the group's committed offset, or the beginning
   */
  long start(int partition);

  /**
   * Demands that the topic there is now is the source's, and ends no earlier than it was read.
   *
   * @throws io.millrace.control.error.MillraceException {@code TOPIC_CHANGED}
   */
  void checkReaches(int partition, long position);

  /**
   * Looks which topic has the source's name now.
   *
   * @param known the id of the topic that was read so far; empty: that is not known
   * @return its id; empty if the broker gives none
   * @throws io.millrace.control.error.MillraceException {@code TOPIC_CHANGED} if that is neither
   *     the topic read so far nor the one applied
   */
  Optional<String> topicId(Optional<String> known);
}
