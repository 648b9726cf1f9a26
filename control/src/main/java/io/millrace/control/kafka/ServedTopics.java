package io.millrace.control.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Whether a topic is there, and waiting until a created one can be written to.
 *
 * <p>A created topic is in the metadata before its leader takes writes. An idempotent producer that
 * begins in between has its first batch refused and the next one accepted; the first is then out of
 * sequence for good, and lost when its delivery times out.
 */
public final class ServedTopics {
  private static final long POLL_NANOS = Duration.ofMillis(20).toNanos();

  private ServedTopics() {}

  /**
   * Whether there is such a topic. Takes no right but to describe it: to a client that may not list
   * it, it would look as if it were not there.
   *
   * @throws ExecutionException if the broker does not say, because it refuses to, for one
   * @throws TimeoutException if it does not within {@code timeout}
   */
  public static boolean exists(Admin admin, String topic, Duration timeout)
      throws ExecutionException, InterruptedException, TimeoutException {
    try {
      admin
          .describeTopics(List.of(topic))
          .topicNameValues()
          .get(topic)
          .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Returns when the leader of each partition answers for it.
   *
   * @throws TimeoutException if one does not within {@code timeout}
   */
  public static void await(Admin admin, String topic, int partitions, Duration timeout)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      latest.put(new TopicPartition(topic, partition), OffsetSpec.latest());
    }
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      try {
        admin
            .listOffsets(latest)
            .all()
            .get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        return;
      } catch (ExecutionException e) {
        // A broker may not have heard of the topic yet.
        if (!(e.getCause() instanceof RetriableException) || System.nanoTime() >= end) {
          throw e;
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }
}
