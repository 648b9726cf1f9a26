package io.millrace.speed.task;

import io.millrace.speed.view.ViewStatus;
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
    long position,
    long rejected,
    long flushedAtMs,
    long flushMicros,
    Map<String, ViewStatus> views) {
  public TaskStatus {
    views = Map.copyOf(views);
  }
}
