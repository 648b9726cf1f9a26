package io.millrace.batch.topic;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Progress;
import io.millrace.control.model.SpeedKey;
import io.millrace.control.model.SpeedRecords;
import io.millrace.control.model.ViewDefinition;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Reads what the speed layer said last of view versions, with one consumer for all of them: of a
 * topic that was read before, only what is new is read. Thread-safe.
 */
public final class SpeedProgress implements AutoCloseable {
  /** How many offsets before the end are looked at first; most hold a flush. */
  private static final long FIRST_LOOK = 256;

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration CLOSE = Duration.ofSeconds(1);

  /** A topic that nobody has asked for is forgotten after this. */
  private static final long REMEMBERED_NANOS = Duration.ofMinutes(10).toNanos();

  /**
   * What is known of a topic.
   *
   * @param id Kafka's; another topic may come under the name
   * @param ends the exclusive end of what was read, by partition
   * @param newest the newest flush record below, of each partition that has one
   */
  private record Seen(
      Uuid id, Map<Integer, Long> ends, Map<Integer, Progress> newest, long askedNanos) {}

  private final MillraceConfig config;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Seen> topics = new HashMap<>();
  private volatile Consumer<byte[], byte[]> consumer;

  /** Tells of topics what is so now; a consumer tells what it has heard of in minutes. */
  private Admin admin;

  public SpeedProgress(MillraceConfig config) {
    this.config = config;
  }

  /** As {@link #newest(ViewDefinition)}, with a consumer for this call alone. */
  public static Map<Integer, Progress> newest(MillraceConfig config, ViewDefinition view) {
    try (SpeedProgress once = new SpeedProgress(config)) {
      return once.newest(view);
    }
  }

  /**
   * The newest committed flush record of each partition that has one; empty if the speed layer has
   * not begun the view.
   */
  public Map<Integer, Progress> newest(ViewDefinition view) {
    lock.lock();
    try {
      topics.values().removeIf(seen -> System.nanoTime() - seen.askedNanos() > REMEMBERED_NANOS);
      if (consumer == null) {
        admin = Admin.create(config.adminProperties());
        consumer = TopicOffsets.consumer(config);
      }
      return newest(config.topics().speed(view));
    } catch (KafkaException e) {
      // The next call begins with a consumer of which nothing is known.
      discard();
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private Map<Integer, Progress> newest(String topic) {
    Optional<TopicDescription> described = describe(topic);
    if (described.isEmpty()) {
      topics.remove(topic);
      return Map.of();
    }
    List<TopicPartition> partitions =
        described.get().partitions().stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    Map<TopicPartition, Long> begin = new HashMap<>(consumer.beginningOffsets(partitions));
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
    Seen seen = topics.get(topic);
    Map<Integer, Progress> newest = new HashMap<>();
    if (seen != null && seen.id().equals(described.get().topicId())) {
      begin.replaceAll((partition, first) -> Math.max(first, read(seen, partition)));
      newest.putAll(seen.newest());
    }
    newest.putAll(newest(consumer, begin, end, config.kafka().connectTimeout()));
    Map<Integer, Long> ends = new HashMap<>();
    end.forEach((partition, offset) -> ends.put(partition.partition(), offset));
    topics.put(
        topic, new Seen(described.get().topicId(), ends, Map.copyOf(newest), System.nanoTime()));
    return newest;
  }

  /** Empty if there is none. Not by a list: a topic that may not be described is in no list. */
  private Optional<TopicDescription> describe(String topic) {
    try {
      return Optional.of(
          admin
              .describeTopics(List.of(topic))
              .allTopicNames()
              .get(config.kafka().connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
              .get(topic));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw new KafkaException("cannot describe topic " + topic, e.getCause());
    } catch (java.util.concurrent.TimeoutException e) {
      throw new KafkaException("cannot describe topic " + topic + ": found no answer", e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private static long read(Seen seen, TopicPartition partition) {
    return seen.ends().getOrDefault(partition.partition(), 0L);
  }

  private void discard() {
    if (consumer != null) {
      consumer.close(CloseOptions.timeout(CLOSE));
      consumer = null;
    }
    if (admin != null) {
      admin.close(CLOSE);
      admin = null;
    }
  }

  /** Ends a call under way, too. */
  @Override
  public void close() {
    try {
      boolean mine = lock.tryLock();
      if (!mine) {
        Consumer<byte[], byte[]> busy = consumer;
        if (busy != null) {
          busy.wakeup();
        }
        mine = lock.tryLock(CLOSE.toMillis(), TimeUnit.MILLISECONDS);
      }
      if (mine) {
        try {
          discard();
        } finally {
          lock.unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Looks back from the ends, four times as far each time, until every partition has given one.
   *
   * @param patience how long nothing may come
   * @throws TimeoutException if nothing came for so long
   */
  static Map<Integer, Progress> newest(
      Consumer<byte[], byte[]> consumer,
      Map<TopicPartition, Long> begin,
      Map<TopicPartition, Long> end,
      Duration patience) {
    Map<Integer, Progress> newest = new HashMap<>();
    Map<TopicPartition, Long> to = new HashMap<>(end);
    for (long look = FIRST_LOOK; ; look *= 4) {
      to.keySet().removeIf(p -> newest.containsKey(p.partition()) || to.get(p) <= begin.get(p));
      if (to.isEmpty()) {
        return newest;
      }
      Map<TopicPartition, Long> from = new HashMap<>();
      for (TopicPartition partition : to.keySet()) {
        from.put(partition, Math.max(begin.get(partition), end.get(partition) - look));
      }
      read(consumer, from, to, newest, patience);
      to.putAll(from);
    }
  }

  /**
   * Puts the last flush record of each partition that has one in {@code [from, to)}. All partitions
   * are read at once: a consumer asks a broker for nothing new before the last question is
   * answered, and the broker takes its time to say that there is nothing.
   *
   * @throws TimeoutException if no partition came a step further within {@code patience}
   */
  private static void read(
      Consumer<byte[], byte[]> consumer,
      Map<TopicPartition, Long> from,
      Map<TopicPartition, Long> to,
      Map<Integer, Progress> last,
      Duration patience) {
    consumer.assign(from.keySet());
    consumer.resume(from.keySet());
    from.forEach(consumer::seek);
    Set<TopicPartition> reading = new HashSet<>(from.keySet());
    Map<TopicPartition, Long> reached = Map.of();
    long steppedNanos = System.nanoTime();
    while (!reading.isEmpty()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        if (record.offset() < to.get(partition)
            && record.value() != null
            && SpeedKey.fromBytes(record.key()) instanceof SpeedKey.Flush) {
          last.put(record.partition(), SpeedRecords.decode(record.value()));
        }
      }
      // The position passes markers, aborted and compacted records, of which poll returns nothing.
      Map<TopicPartition, Long> now =
          reading.stream().collect(Collectors.toMap(p -> p, consumer::position));
      List<TopicPartition> done = reading.stream().filter(p -> now.get(p) >= to.get(p)).toList();
      consumer.pause(done);
      done.forEach(reading::remove);
      if (!now.equals(reached)) {
        reached = now;
        steppedNanos = System.nanoTime();
      } else if (System.nanoTime() - steppedNanos > patience.toNanos()) {
        // The end that was seen may be of a topic that is no more, or was set back.
        to.keySet().retainAll(reading);
        throw new TimeoutException(
            "cannot read the speed topic to its end: found nothing more of "
                + now
                + " for "
                + patience.toMillis()
                + " ms, expected it to reach "
                + to);
      }
    }
  }
}
