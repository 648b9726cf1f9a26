package io.millrace.serving.live;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Progress;
import io.millrace.control.model.SpeedKey;
import io.millrace.control.model.SpeedRecords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the speed topics of all live view versions with one consumer, as {@code
 * docs/spec/speed-topic.md} asks of a reader: committed records only, applied flush by flush,
 * nothing believed before the end is reached.
 *
 * <p>{@link #follow}, {@link #forget} and {@link #close} are thread-safe; reading happens on the
 * follower's own thread.
 */
public final class SpeedFollower implements SpeedReader, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpeedFollower.class);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration UNREADABLE = Duration.ofSeconds(5);
  private static final Duration CLOSE = Duration.ofSeconds(3);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final SpeedTopicWatch watch;
  private final TopicEnds ends;
  private final Map<String, SpeedView> wanted = new ConcurrentHashMap<>();
  private final Map<String, SpeedTopic> topics = new HashMap<>();
  private final Thread thread;

  /** Topics with something that could not be applied, and what that was. */
  private final Map<String, String> unreadable = new ConcurrentHashMap<>();

  private long readAgainAtNanos;
  private volatile boolean stopping;
  private volatile String problem = "";

  public SpeedFollower(MillraceConfig config) {
    Map<String, Object> properties = new HashMap<>(config.clientProperties());
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.ends = new TopicEnds(consumer);
    this.watch = new SpeedTopicWatch(config, wanted::keySet);
    this.thread = new Thread(this::run, "serving-speed-follower");
    this.thread.setDaemon(true);
  }

  public void start() {
    watch.start();
    thread.start();
  }

  @Override
  public void follow(String topic, SpeedView view) {
    wanted.put(topic, view);
    watch.lookSoon();
  }

  @Override
  public void forget(String topic) {
    SpeedView view = wanted.remove(topic);
    if (view == null) {
      return;
    }
    synchronized (topics) {
      topics.remove(topic);
      unreadable.remove(topic);
      ends.forget(topic);
    }
  }

  @Override
  public String problem() {
    return Stream.of(
            problem, watch.problem(), String.join("; ", unreadable.values()), ends.problem())
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** Whether its thread is gone, which only a new process brings back. */
  public boolean ended() {
    return thread.getState() == Thread.State.TERMINATED || watch.ended();
  }

  /** Publishes the consumer's own metrics, its lag among them; the caller closes them first. */
  public KafkaClientMetrics bindMetrics(MeterRegistry registry) {
    KafkaClientMetrics metrics = new KafkaClientMetrics(consumer);
    metrics.bindTo(registry);
    return metrics;
  }

  private void run() {
    while (!stopping) {
      try {
        synchronized (topics) {
          readAgain();
          assign();
        }
        if (consumer.assignment().isEmpty()) {
          LockSupport.parkNanos(POLL.toNanos());
          continue;
        }
        var records = consumer.poll(POLL);
        synchronized (topics) {
          records.forEach(this::takeOrPutAside);
          catchUp();
        }
        problem = "";
      } catch (WakeupException e) {
        LOG.debug("woken up: {}", stopping ? "stopping" : "new topics");
      } catch (OffsetOutOfRangeException e) {
        LOG.warn("{}: the topics are read from their beginning", e.toString());
        synchronized (topics) {
          restart(e.partitions().stream().map(TopicPartition::topic).collect(Collectors.toSet()));
        }
      } catch (KafkaException e) {
        problem = SpeedTopicWatch.said(e);
        LOG.error("cannot follow the speed topics: {}; tried again every {}", problem, RETRY);
        LockSupport.parkNanos(RETRY.toNanos());
      } catch (RuntimeException e) {
        problem = e.toString();
        LOG.error("cannot apply live state: {}; serving stops following", problem, e);
        return;
      }
    }
  }

  /** Brings the assignment to what is wanted and exists. */
  private void assign() {
    Set<TopicPartition> assignment = new HashSet<>();
    List<TopicPartition> fresh = new ArrayList<>();
    for (Map.Entry<String, SpeedView> entry : wanted.entrySet()) {
      SpeedTopicWatch.Found found = watch.topic(entry.getKey());
      if (found == null) {
        continue;
      }
      SpeedTopic topic = topic(entry.getKey(), found, entry.getValue());
      for (int partition = 0; partition < found.partitions(); partition++) {
        TopicPartition topicPartition = new TopicPartition(entry.getKey(), partition);
        assignment.add(topicPartition);
        if (!topic.follows(partition)) {
          fresh.add(topicPartition);
        }
      }
    }
    Map<TopicPartition, Long> known = fresh.isEmpty() ? Map.of() : ends.of(fresh);
    fresh.removeAll(known.keySet());
    // One without an end has no place to read from: it is asked for again.
    assignment.removeAll(fresh);
    if (!assignment.equals(consumer.assignment())) {
      consumer.assign(assignment);
    }
    if (!known.isEmpty()) {
      consumer.seekToBeginning(known.keySet());
      known.forEach((p, end) -> topics.get(p.topic()).begin(p.partition(), end));
      LOG.info("follows {}", known.keySet());
    }
    Set<String> waiting = fresh.stream().map(TopicPartition::topic).collect(Collectors.toSet());
    topics.forEach(
        (name, topic) -> {
          if (!waiting.contains(name)) {
            topic.allBegun();
          }
        });
    topics.values().forEach(SpeedTopic::announce);
  }

  /** The topic as followed so far, anew if it is another one of the same name. */
  private SpeedTopic topic(String name, SpeedTopicWatch.Found found, SpeedView view) {
    SpeedTopic known = topics.get(name);
    if (known != null && !known.id().equals(found.id())) {
      if (known.any()) {
        LOG.warn("speed topic {} was made anew: what was read of it is forgotten", name);
        restart(Set.of(name));
        if (unreadable.containsKey(name)) {
          return known;
        }
      }
      known = null;
    }
    if (known == null) {
      known = new SpeedTopic(name, found.id(), view);
      topics.put(name, known);
    }
    return known;
  }

  /** What one topic holds that cannot be applied stops that topic's view alone, for a while. */
  private void takeOrPutAside(ConsumerRecord<byte[], byte[]> record) {
    if (unreadable.containsKey(record.topic())) {
      return;
    }
    try {
      take(record);
    } catch (RuntimeException e) {
      putAside(
          record.topic(),
          "topic "
              + record.topic()
              + " at partition "
              + record.partition()
              + ", offset "
              + record.offset(),
          e);
    }
  }

  private void putAside(String name, String what, RuntimeException e) {
    LOG.error("cannot apply live state of {}", what, e);
    unreadable.put(name, what + ": found " + e + "; it is read again from its beginning");
    readAgainAtNanos = System.nanoTime() + UNREADABLE.toNanos();
  }

  private void readAgain() {
    if (!unreadable.isEmpty() && System.nanoTime() - readAgainAtNanos > 0) {
      Set<String> names = Set.copyOf(unreadable.keySet());
      unreadable.keySet().removeAll(names);
      restart(names);
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    SpeedTopic topic = topics.get(record.topic());
    if (topic == null) {
      return;
    }
    int partition = record.partition();
    boolean caughtUp = topic.caughtUp(partition);
    SpeedKey key = SpeedKey.fromBytes(record.key());
    if (key instanceof SpeedKey.State state) {
      topic.view().change(partition, state.segment(), state.groupKey(), record.value(), caughtUp);
    } else if (record.value() != null) {
      Progress flushed = SpeedRecords.decode(record.value());
      if (topic.completedBy(flushed)) {
        topic.view().flushed(partition, flushed, caughtUp);
      }
    }
  }

  private void catchUp() {
    List<TopicPartition> reached = new ArrayList<>();
    topics.forEach(
        (name, topic) -> {
          // What was put aside has been skipped, not read.
          if (!unreadable.containsKey(name)) {
            reached.addAll(topic.reached(this::position));
          }
        });
    if (reached.isEmpty()) {
      return;
    }
    ends.of(reached).forEach((p, end) -> topics.get(p.topic()).reached(p.partition(), end));
    topics.values().forEach(SpeedTopic::announce);
  }

  /** Where the reader stands; before any offset while the broker has not said where that is. */
  private long position(TopicPartition partition) {
    try {
      return consumer.position(partition, Duration.ZERO);
    } catch (TimeoutException e) {
      return -1;
    }
  }

  /**
   * Forgets what was read of these topics; the next {@link #assign} begins them again. One whose
   * view cannot begin again is put aside.
   */
  private void restart(Set<String> names) {
    Set<String> restarted = new HashSet<>();
    for (String name : names) {
      SpeedTopic topic = topics.get(name);
      try {
        if (topic != null && topic.any()) {
          topic.view().restart();
        }
        topics.remove(name);
        restarted.add(name);
      } catch (RuntimeException e) {
        putAside(name, "topic " + name + " from its beginning", e);
      }
    }
    consumer.assign(
        consumer.assignment().stream().filter(p -> !restarted.contains(p.topic())).toList());
  }

  @Override
  public void close() {
    stopping = true;
    consumer.wakeup();
    LockSupport.unpark(thread);
    try {
      thread.join(CLOSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    watch.close();
    if (!thread.isAlive()) {
      consumer.close(CloseOptions.timeout(CLOSE));
    }
  }
}
