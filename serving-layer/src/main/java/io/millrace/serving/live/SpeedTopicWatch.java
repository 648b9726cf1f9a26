package io.millrace.serving.live;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.KafkaRefusal;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up which speed topics exist, since the speed layer makes, grows and deletes them at any
 * time.
 *
 * <p>Thread-safe.
 */
final class SpeedTopicWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpeedTopicWatch.class);
  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final int KNOWN_EVERY = 10;

  /**
   * @param id the topic's id; another one is another topic of the same name
   * @param partitions how many it has; 0 if it has not been seen yet
   */
  record Found(Uuid id, int partitions) {
    static final Found ABSENT = new Found(Uuid.ZERO_UUID, 0);

    boolean isAbsent() {
      return partitions == 0;
    }
  }

  private final Admin admin;
  private final Supplier<Set<String>> wanted;
  private final Map<String, Found> found = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "serving-topic-watch");
            thread.setDaemon(true);
            return thread;
          });
  private int round;
  private volatile String problem = "";
  private volatile Future<?> looks;

  SpeedTopicWatch(MillraceConfig config, Supplier<Set<String>> wanted) {
    this.admin = Admin.create(config.adminProperties());
    this.wanted = wanted;
  }

  void start() {
    looks =
        timer.scheduleWithFixedDelay(
            this::look, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Whether nobody looks any more, which only a new process brings back. */
  boolean ended() {
    Future<?> now = looks;
    return now != null && now.isDone();
  }

  void lookSoon() {
    timer.execute(this::look);
  }

  /** Why the newest look-up was not answered; empty if it was. */
  String problem() {
    return problem;
  }

  /** An error of Kafka in words for a person. */
  static String said(Throwable error) {
    return KafkaRefusal.of(error).map(MillraceException::getMessage).orElseGet(error::toString);
  }

  /**
   * What is known of a topic, or null before its first look-up has been answered. A topic that was
   * seen stays known when it is said to be absent, until another one of its name is there: a broker
   * that does not know a topic yet says so too, and what was read of a topic stays true of the
   * position it was read to.
   */
  Found topic(String name) {
    return found.get(name);
  }

  private void look() {
    Set<String> names = wanted.get();
    found.keySet().retainAll(names);
    boolean all = round++ % KNOWN_EVERY == 0;
    Collection<String> asked =
        names.stream()
            .filter(name -> all || found.getOrDefault(name, Found.ABSENT).isAbsent())
            .toList();
    if (asked.isEmpty()) {
      return;
    }
    admin
        .describeTopics(asked)
        .topicNameValues()
        .forEach((name, future) -> future.whenComplete((topic, error) -> take(name, topic, error)));
  }

  private void take(String name, TopicDescription topic, Throwable error) {
    if (error == null) {
      problem = "";
      found.put(name, new Found(topic.topicId(), topic.partitions().size()));
    } else if (error instanceof UnknownTopicOrPartitionException) {
      Found known = found.putIfAbsent(name, Found.ABSENT);
      if (known != null && !known.isAbsent()) {
        LOG.warn("speed topic {} is said to be gone: what was read of it stays", name);
      }
    } else {
      problem = said(error);
      LOG.warn("cannot look up topic {}: {}", name, problem);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    admin.close(Duration.ofSeconds(1));
  }
}
