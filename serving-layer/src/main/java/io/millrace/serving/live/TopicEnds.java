package io.millrace.serving.live;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks where topics end. One that gives no answer (it was deleted, a partition has no leader) is
 * asked again later, and keeps no other waiting for longer than {@link #LONGEST}.
 *
 * <p>Belongs to the following thread, which holds the follower's lock; {@link #problem} is
 * thread-safe.
 */
final class TopicEnds {
  private static final Logger LOG = LoggerFactory.getLogger(TopicEnds.class);

  /** A broker that is only slow answers within this. */
  private static final Duration WAIT = Duration.ofSeconds(2);

  /** For all topics of one call. */
  private static final Duration LONGEST = Duration.ofSeconds(6);

  private static final Duration AGAIN = Duration.ofSeconds(10);

  private final Consumer<byte[], byte[]> consumer;
  private final Map<String, Long> askAgainAtNanos = new HashMap<>();
  private final Map<String, String> problems = new ConcurrentHashMap<>();

  TopicEnds(Consumer<byte[], byte[]> consumer) {
    this.consumer = consumer;
  }

  /** The ends of those of the partitions whose topics answer: all of a topic's or none. */
  Map<TopicPartition, Long> of(Collection<TopicPartition> partitions) {
    long began = System.nanoTime();
    Map<String, List<TopicPartition>> asked =
        partitions.stream()
            .filter(partition -> mayBeAsked(partition.topic(), began))
            .collect(Collectors.groupingBy(TopicPartition::topic));
    if (asked.isEmpty()) {
      return Map.of();
    }
    Map<TopicPartition, Long> ends = ask(asked);
    if (ends.isEmpty() && asked.size() > 1) {
      // One of them does not answer, or all.
      ends = new HashMap<>();
      for (Map.Entry<String, List<TopicPartition>> topic : asked.entrySet()) {
        if (System.nanoTime() - began < LONGEST.minus(WAIT).toNanos()) {
          ends.putAll(ask(Map.of(topic.getKey(), topic.getValue())));
        }
      }
    }
    return ends;
  }

  private boolean mayBeAsked(String topic, long now) {
    Long at = askAgainAtNanos.get(topic);
    return at == null || now - at >= 0;
  }

  private Map<TopicPartition, Long> ask(Map<String, List<TopicPartition>> topics) {
    Set<String> names = topics.keySet();
    try {
      Map<TopicPartition, Long> ends =
          consumer.endOffsets(topics.values().stream().flatMap(List::stream).toList(), WAIT);
      names.forEach(this::forget);
      return ends;
    } catch (WakeupException | InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      if (names.size() == 1) {
        String name = names.iterator().next();
        String found = SpeedTopicWatch.said(e);
        LOG.warn("topic {} does not say where it ends: {}; asked again in {}", name, found, AGAIN);
        problems.put(name, found);
        askAgainAtNanos.put(name, System.nanoTime() + AGAIN.toNanos());
      }
      return Map.of();
    }
  }

  /** The topic is not asked for any more, or answers. */
  void forget(String topic) {
    askAgainAtNanos.remove(topic);
    problems.remove(topic);
  }

  /** Which topics do not answer, and why; empty if all do. */
  String problem() {
    return new TreeSet<>(problems.keySet())
        .stream()
            .map(
                name ->
                    "topic "
                        + name
                        + " does not say where it ends: found "
                        + problems.get(name)
                        + "; it is asked again")
            .collect(Collectors.joining("; "));
  }
}
