package io.millrace.speed.task;

import java.util.Map;

/**
 * What a task says of itself after each flush.
 *
 * @param position exclusive
 * @param rejected records that some view's decoder rejected
 * @param flushedAtMs wall clock, epoch ms
 * @param flushMicros how long the flush took, without the commit
 * @param views by view id
 */
public record TaskStatus(
    long position, long rejected, long flushedAtMs, long flushMicros, Map<String, View> views) {
  public TaskStatus {
    views = Map.copyOf(views);
  }

  /**
   * @param groups in all segments together
   * @param bytes of encoded states and keys
   * @param hot groups on heap
   */
  public record View(int segments, long groups, long bytes, int hot, long rejected, long failed) {}
}
