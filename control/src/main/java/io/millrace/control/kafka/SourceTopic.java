package io.millrace.control.kafka;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Which topic a name stands for. Kafka gives a topic that is deleted and made again another id; the
 * offsets of the one mean nothing in the other. Stateless.
 */
public final class SourceTopic {
  private SourceTopic() {}

  /**
   * Kafka's id of the topic of that name; empty if there is none.
   *
   * @throws MillraceException {@code BROKER_UNREACHABLE}, or what Kafka refuses
   */
  public static Optional<String> id(Admin admin, String topic, Duration timeout) {
    try {
      return text(
          admin
              .describeTopics(List.of(topic))
              .topicNameValues()
              .get(topic)
              .get(timeout.toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw KafkaRefusal.of(e, topic).orElseGet(() -> unanswered(topic, timeout, e));
    } catch (TimeoutException e) {
      throw unanswered(topic, timeout, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered(topic, timeout, e);
    }
  }

  /** The id as it is kept and shown; empty if the broker gives its topics none. */
  public static Optional<String> text(TopicDescription topic) {
    return Optional.of(topic.topicId())
        .filter(id -> !id.equals(Uuid.ZERO_UUID))
        .map(Uuid::toString);
  }

  /**
   * Demands that the topic there is, if any, is the one of an id.
   *
   * @param doing what cannot be done otherwise: {@code "archive orders"}
   * @param expected of the topic that was applied, or read so far; empty: any will do
   * @param found of the topic there is; empty: there is none
   * @throws MillraceException {@code TOPIC_CHANGED}
   */
  public static void check(
      String doing, SourceDefinition source, Optional<String> expected, Optional<String> found) {
    if (expected.isPresent() && !expected.equals(found)) {
      throw changed(
          doing,
          source,
          found
              .map(id -> "topic " + source.topic() + " with id " + id)
              .orElse("no topic " + source.topic()),
          "the one with id " + expected.get());
    }
  }

  /**
   * That a source's topic is another one, or was cut off, with the way on.
   *
   * @param found what there is
   * @param expected what there was
   */
  public static MillraceException changed(
      String doing, SourceDefinition source, String found, String expected) {
    return new MillraceException(
        ErrorCode.TOPIC_CHANGED,
        "cannot "
            + doing
            + ": found "
            + found
            + ", expected "
            + expected
            + ": a topic that was deleted, made again or cut off has other records at its offsets."
            + " What was read before stays as it is; to go on with the topic there is now, as a new"
            + " beginning, run `millrace apply DIR --new-topic "
            + source.name()
            + "`");
  }

  private static MillraceException unanswered(String topic, Duration timeout, Exception e) {
    return new MillraceException(
        ErrorCode.BROKER_UNREACHABLE,
        "cannot look up topic "
            + topic
            + ": found no answer, expected one within "
            + timeout.toSeconds()
            + " s; check that the broker runs",
        e);
  }
}
