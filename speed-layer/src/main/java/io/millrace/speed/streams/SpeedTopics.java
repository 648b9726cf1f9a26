package io.millrace.speed.streams;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.kafka.ServedTopics;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.model.SourceDefinition;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
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

  /**
   * A topic there is.
   *
   * @param id Kafka's; empty if the broker gives none
   */
  public record Found(int partitions, Optional<String> id) {}

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
   * @return the source topic there is
   * @throws MillraceException {@code TOPIC_MISSING}; {@code TOPIC_CHANGED} if it is not, or no
   *     more, the one that was applied; {@code BROKER_UNREACHABLE}
   */
  public Found source(SourceDefinition source) {
    String topic = source.topic();
    Optional<Found> found = find(List.of(topic)).get(topic);
    SourceTopic.check(
        "follow source " + source.name(), source, source.topicId(), found.flatMap(Found::id));
    return found.orElseThrow(
        () ->
            new MillraceException(
                ErrorCode.TOPIC_MISSING,
                "cannot read topic "
                    + topic
                    + ": found none of that name, expected the source's topic; create it, and it is"
                    + " read within seconds"));
  }

  /**
   * Creates compacted topics, or adds the partitions that they lack.
   *
   * @return Kafka's id of each, where the broker gives one
   */
  public Map<String, String> ensure(Collection<String> topics, int partitions) {
    Map<String, String> ids = new HashMap<>();
    find(topics)
        .forEach(
            (topic, found) -> {
              if (found.isEmpty()) {
                create(topic, partitions);
                found = find(List.of(topic)).get(topic);
              } else if (found.get().partitions() < partitions) {
                grow(topic, partitions);
              }
              found.flatMap(Found::id).ifPresent(id -> ids.put(topic, id));
            });
    return ids;
  }

  private Map<String, Optional<Found>> find(Collection<String> topics) {
    Map<String, Optional<Found>> found = new HashMap<>();
    for (var asked : admin.describeTopics(topics).topicNameValues().entrySet()) {
      String topic = asked.getKey();
      try {
        TopicDescription there = await("topic " + topic, asked.getValue());
        found.put(
            topic, Optional.of(new Found(there.partitions().size(), SourceTopic.text(there))));
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw unreachable("describe topic " + topic, e);
        }
        found.put(topic, Optional.empty());
      }
    }
    return found;
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
