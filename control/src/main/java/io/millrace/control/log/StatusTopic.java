package io.millrace.control.log;

import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.ControlCluster;
import io.millrace.control.kafka.KafkaRefusal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says and reads what processes do. Thread-safe. */
final class StatusTopic implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusTopic.class);

  private final ControlCluster cluster;
  private final TopicPartition partition;
  private final Producer<byte[], byte[]> producer;
  private final ExecutorService sender =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "control-status");
            thread.setDaemon(true);
            return thread;
          });

  /** By key: what was said last and is not with the producer yet; empty to withdraw it. */
  private final Map<String, Optional<LayerStatus>> unsent = new ConcurrentHashMap<>();

  StatusTopic(ControlCluster cluster, String topic) {
    this.cluster = cluster;
    this.partition = new TopicPartition(topic, 0);
    this.producer = cluster.producer();
  }

  /** Returns at once; while the broker is away only the newest status of a process is kept. */
  void report(LayerStatus status) {
    say(key(status.layer(), status.instance()), Optional.of(status));
  }

  /** As {@link #report}: the process is not heard of any more. */
  void withdraw(String layer, String instance) {
    say(key(layer, instance), Optional.empty());
  }

  private void say(String key, Optional<LayerStatus> status) {
    if (unsent.put(key, status) == null && !sender.isShutdown()) {
      sender.execute(() -> send(key));
    }
  }

  private static String key(String layer, String instance) {
    return layer + "/" + instance;
  }

  /** The last status of every process, by layer and instance. */
  List<LayerStatus> read(Duration timeout) {
    long end = cluster.end(partition);
    long deadline = System.nanoTime() + timeout.toNanos();
    Map<String, LayerStatus> last = new TreeMap<>();
    try (Consumer<byte[], byte[]> consumer = cluster.reader(partition)) {
      while (consumer.position(partition, timeout) < end) {
        if (System.nanoTime() > deadline) {
          throw cluster.unreachable(new KafkaException("reading the status topic took too long"));
        }
        consumer.poll(Duration.ofMillis(100)).forEach(record -> add(last, record));
      }
    } catch (KafkaException e) {
      throw cluster.unreachable(e);
    }
    return List.copyOf(new ArrayList<>(last.values()));
  }

  @Override
  public void close() {
    sender.shutdown();
    try {
      if (!sender.awaitTermination(2, TimeUnit.SECONDS)) {
        sender.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close(Duration.ofSeconds(2));
  }

  private void send(String key) {
    byte[] value = unsent.remove(key).map(ControlCodec::encode).orElse(null);
    try {
      producer.send(
          new ProducerRecord<>(partition.topic(), 0, key.getBytes(StandardCharsets.UTF_8), value),
          (metadata, problem) -> {
            if (problem != null) {
              LOG.warn(
                  "Could not report the status of this process: {}",
                  KafkaRefusal.of(problem)
                      .map(MillraceException::getMessage)
                      .orElseGet(problem::toString));
            }
          });
    } catch (KafkaException | IllegalStateException e) {
      LOG.warn("Could not report the status of this process: {}", e.toString());
    }
  }

  private static void add(Map<String, LayerStatus> last, ConsumerRecord<byte[], byte[]> record) {
    String key = new String(record.key(), StandardCharsets.UTF_8);
    if (record.value() == null) {
      last.remove(key);
      return;
    }
    try {
      last.put(key, ControlCodec.status(record.value()));
    } catch (IllegalArgumentException e) {
      LOG.warn("Skipped the status of {}, which cannot be read: {}", key, e.getMessage());
    }
  }
}
