package io.millrace.control.log;

import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.ControlCluster;
import io.millrace.control.kafka.KafkaRefusal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the status topic with one consumer, from the first question on. A process that was not
 * heard of for {@link #FORGOTTEN} is forgotten. Thread-safe.
 */
final class StatusFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusFollower.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration FORGOTTEN = Duration.ofHours(1);

  /**
   * @param heardAt as {@link Hearing#at}
   */
  private record Said(LayerStatus status, long heardAt) {}

  private final ControlCluster cluster;
  private final TopicPartition partition;
  private final Map<String, Said> last = new ConcurrentSkipListMap<>();
  private final Hearing hearing = new Hearing(System.nanoTime());
  private Thread thread;
  private volatile Consumer<byte[], byte[]> consumer;
  private volatile boolean caughtUp;
  private volatile MillraceException refusal;
  private volatile boolean closed;

  StatusFollower(ControlCluster cluster, String topic) {
    this.cluster = cluster;
    this.partition = new TopicPartition(topic, 0);
  }

  /** As {@link ControlLog#heard}. */
  Optional<List<HeardStatus>> heard() {
    start();
    MillraceException refused = refusal;
    if (refused != null) {
      throw refused;
    }
    if (!caughtUp) {
      return Optional.empty();
    }
    return Optional.of(
        last.values().stream().map(said -> new HeardStatus(said.status(), silence(said))).toList());
  }

  private Duration silence(Said said) {
    return Duration.ofNanos(Math.max(0, hearing.at(System.nanoTime()) - said.heardAt()));
  }

  /** Whether it has been asked and hears nothing any more. */
  synchronized boolean ended() {
    return thread != null && thread.getState() == Thread.State.TERMINATED;
  }

  private synchronized void start() {
    if (thread == null && !closed) {
      thread = new Thread(this::run, "control-status-follower");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void run() {
    while (!closed) {
      try {
        follow(cluster.end(partition));
      } catch (WakeupException e) {
        LOG.debug("Ends following the status topic");
      } catch (RuntimeException e) {
        MillraceException known =
            e instanceof MillraceException said ? said : KafkaRefusal.of(e).orElse(null);
        LOG.warn("Could not read the status topic: {}", e.toString());
        refusal = known;
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  private void follow(long end) {
    Consumer<byte[], byte[]> opened = cluster.follower(partition);
    consumer = opened;
    try {
      while (!closed) {
        for (ConsumerRecord<byte[], byte[]> record : opened.poll(POLL)) {
          take(record);
        }
        refusal = null;
        caughtUp = caughtUp || opened.position(partition) >= end;
        last.values().removeIf(said -> silence(said).compareTo(FORGOTTEN) > 0);
      }
    } finally {
      opened.close(ControlCluster.AT_ONCE);
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    long heardAt = hearing.heard(System.nanoTime());
    String key = new String(record.key(), StandardCharsets.UTF_8);
    if (record.value() == null) {
      last.remove(key);
      return;
    }
    try {
      last.put(key, new Said(ControlCodec.status(record.value()), heardAt));
    } catch (IllegalArgumentException e) {
      LOG.warn("Skipped the status of {}, which cannot be read: {}", key, e.getMessage());
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    Consumer<byte[], byte[]> open = consumer;
    if (open != null) {
      open.wakeup();
    }
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }
}
