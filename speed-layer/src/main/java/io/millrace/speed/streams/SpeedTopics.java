package io.millrace.speed.streams;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.kafka.ServedTopics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Looks after the topics the speed layer writes: there, compacted, and with as many partitions as
 * the source topic. Partition <i>p</i> of each belongs to source partition <i>p</i> alone, so that
 * adding partitions moves nothing. For one thread.
 */
public final class SpeedTopics {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Admin admin;
  private final short replicationFactor;
  private final Map<String, String> settings;
  private final Map<String, Integer> known = new HashMap<>();

  /**
   * @param admin stays the caller's
   * @param settings of topics that are made
   */
  public SpeedTopics(Admin admin, int replicationFactor, Map<String, String> settings) {
    this.settings = Map.copyOf(settings);
    this.admin = admin;
    this.replicationFactor = (short) replicationFactor;
  }

  /**
   * @return how many partitions the source topic has
   * @throws MillraceException {@code TOPIC_MISSING} or {@code BROKER_UNREACHABLE}
   */
  public int sourcePartitions(String topic) {
    return partitions(topic)
        .orElseThrow(
            () ->
                new MillraceException(
                    ErrorCode.TOPIC_MISSING,
                    "cannot read topic "
                        + topic
                        + ": found none of that name, expected the source's topic; create it, and it is"
                        + " read within seconds"));
  }

  /** Creates a compacted topic, or adds the partitions that it lacks. */
  public void ensure(String topic, int partitions) {
    if (known.getOrDefault(topic, 0) >= partitions) {
      return;
    }
    Optional<Integer> there = partitions(topic);
    if (there.isEmpty()) {
      create(topic, partitions);
    } else if (there.get() < partitions) {
      grow(topic, partitions);
    }
    known.put(topic, partitions);
  }

  /** Asks again, the next time, about all topics that are not among {@code wanted}. */
  public void retain(Set<String> wanted) {
    known.keySet().retainAll(wanted);
  }

  private Optional<Integer> partitions(String topic) {
    try {
      return Optional.of(
          await("topic " + topic, admin.describeTopics(List.of(topic)).topicNameValues().get(topic))
              .partitions()
              .size());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw unreachable("describe topic " + topic, e);
    }
  }

  private void create(String topic, int partitions) {
    NewTopic wanted = new NewTopic(topic, partitions, replicationFactor).configs(settings);
    try {
      await("topic " + topic, admin.createTopics(List.of(wanted)).all());
    } catch (ExecutionException e) {
      // Another instance may have done it first.
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw unreachable("create topic " + topic, e);
      }
    }
    awaitLeaders(topic, partitions);
  }

  private void grow(String topic, int partitions) {
    try {
      await(
          "topic " + topic,
          admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all());
    } catch (ExecutionException e) {
      // Another instance may have done it first.
      if (!(e.getCause() instanceof InvalidPartitionsException)) {
        throw unreachable("add partitions to topic " + topic, e);
      }
    }
    awaitLeaders(topic, partitions);
  }

  private void awaitLeaders(String topic, int partitions) {
    try {
      ServedTopics.await(admin, topic, partitions, TIMEOUT);
    } catch (ExecutionException | TimeoutException e) {
      throw unreachable("reach the leaders of topic " + topic, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable("reach the leaders of topic " + topic, e);
    }
  }

  private static <T> T await(String what, KafkaFuture<T> answer) throws ExecutionException {
    try {
      return answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw unreachable("reach the broker for " + what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable("reach the broker for " + what, e);
    }
  }

  private static MillraceException unreachable(String what, Exception e) {
    Optional<MillraceException> refusal = KafkaRefusal.of(e);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return new MillraceException(
        ErrorCode.BROKER_UNREACHABLE,
        "cannot "
            + what
            + ": found "
            + cause
            + ", expected an answer within "
            + TIMEOUT.toSeconds()
            + " s; check that the broker runs",
        e);
  }
}
