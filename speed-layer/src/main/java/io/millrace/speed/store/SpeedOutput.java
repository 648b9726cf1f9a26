package io.millrace.speed.store;

import io.millrace.control.model.Progress;

/** Where a task writes speed topic records, in its Kafka transaction. For one thread. */
public interface SpeedOutput {
  /**
   * @param topic the speed topic of the view version
   * @param state the encoded state; null forgets it
   */
  void state(String topic, long segment, byte[] groupKey, byte[] state);

  /** Ends a flush of one view. */
  void flush(String topic, Progress progress);
}
