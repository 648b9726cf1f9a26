package io.millrace.speed.task;

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
}
