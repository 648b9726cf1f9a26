package io.millrace.control.log;

import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.ControlCluster;
import io.millrace.control.kafka.KafkaRefusal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows requests to the batch layer. Thread-safe. */
final class RequestTopic implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RequestTopic.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final ControlCluster cluster;
  private final TopicPartition partition;
  private final Map<Thread, Consumer<byte[], byte[]>> following = new ConcurrentHashMap<>();
  private volatile boolean closed;

  RequestTopic(ControlCluster cluster, String topic) {
    this.cluster = cluster;
    this.partition = new TopicPartition(topic, 0);
  }

  /** As {@link ControlLog#followRequests}. */
  void follow(BiConsumer<String, String> listener) {
    long end = cluster.end(partition);
    Consumer<byte[], byte[]> consumer = cluster.follower(partition);
    Thread thread = new Thread(() -> run(consumer, end, listener), "control-requests");
    thread.setDaemon(true);
    following.put(thread, consumer);
    thread.start();
  }

  /** Whether requests are not heard any more. */
  boolean ended() {
    return following.keySet().stream()
        .anyMatch(thread -> thread.getState() == Thread.State.TERMINATED);
  }

  @Override
  public void close() {
    closed = true;
    following.values().forEach(Consumer::wakeup);
    for (Thread thread : List.copyOf(following.keySet())) {
      try {
        thread.join(2_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /**
   * @param end what lies before it may have been answered, which is known once it is reached
   */
  private void run(
      Consumer<byte[], byte[]> consumer, long end, BiConsumer<String, String> listener) {
    Map<String, ConsumerRecord<byte[], byte[]>> unanswered = new LinkedHashMap<>();
    try {
      while (!closed) {
        try {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
            String id = new String(record.key(), StandardCharsets.UTF_8);
            if (record.value() == null) {
              unanswered.remove(id);
            } else {
              unanswered.put(id, record);
            }
          }
          if (consumer.position(partition) >= end) {
            unanswered.forEach((id, record) -> hand(id, record, listener));
            unanswered.clear();
          }
        } catch (WakeupException e) {
          LOG.debug("Ends following requests");
        } catch (RuntimeException e) {
          LOG.warn(
              "Could not read requests: {}",
              KafkaRefusal.of(e).map(MillraceException::getMessage).orElseGet(e::toString));
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      }
    } finally {
      consumer.close(ControlCluster.AT_ONCE);
    }
  }

  private static void hand(
      String id, ConsumerRecord<byte[], byte[]> record, BiConsumer<String, String> listener) {
    try {
      listener.accept(id, ControlCodec.request(record.value()));
    } catch (RuntimeException e) {
      LOG.error("A request at offset {} could not be handled", record.offset(), e);
    }
  }
}
