package io.millrace.control.log;

import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.ControlCluster;
import io.millrace.control.kafka.KafkaRefusal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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

  /** Calls {@code listener}, on a thread of its own, for every request after this call. */
  void follow(BiConsumer<String, String> listener) {
    long end = cluster.end(partition);
    Consumer<byte[], byte[]> consumer = cluster.follower(partition);
    consumer.seek(partition, end);
    Thread thread = new Thread(() -> run(consumer, listener), "control-requests");
    thread.setDaemon(true);
    following.put(thread, consumer);
    thread.start();
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

  private void run(Consumer<byte[], byte[]> consumer, BiConsumer<String, String> listener) {
    try {
      while (!closed) {
        try {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
            hand(record, listener);
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
      ConsumerRecord<byte[], byte[]> record, BiConsumer<String, String> listener) {
    try {
      listener.accept(
          new String(record.key(), StandardCharsets.UTF_8), ControlCodec.request(record.value()));
    } catch (RuntimeException e) {
      LOG.error("A request at offset {} could not be handled", record.offset(), e);
    }
  }
}
