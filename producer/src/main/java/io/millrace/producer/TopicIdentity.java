package io.millrace.producer;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.model.SourceDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a topic is still the one it was when writing to it began. A topic that is deleted and
 * made again under a producer's hands takes its records, at offsets that mean nothing in the one
 * before. An id is never given twice: if the topic has it after a record was taken, the record is
 * in that topic.
 *
 * <p>However many ask, one look-up is under way, and one comes after it. Thread-safe; waits for
 * nothing.
 */
final class TopicIdentity {
  private static final Logger LOG = LoggerFactory.getLogger(TopicIdentity.class);

  private final Admin admin;
  private final SourceDefinition source;
  private final Optional<String> id;
  private final int timeoutMs;
  private CompletableFuture<Void> running;
  private CompletableFuture<Void> next;

  /**
   * @param admin stays the caller's
   * @param id of the topic; empty if the broker gives its topics none: then every one will do
   */
  TopicIdentity(Admin admin, SourceDefinition source, Optional<String> id, int timeoutMs) {
    this.admin = admin;
    this.source = source;
    this.id = id;
    this.timeoutMs = timeoutMs;
  }

  /**
   * Looks again.
   *
   * @return completed by a look-up that began after this call: exceptionally {@code TOPIC_CHANGED},
   *     or {@code BROKER_UNREACHABLE} if the broker does not say
   */
  CompletableFuture<Void> still() {
    if (id.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> mine;
    boolean start;
    synchronized (this) {
      if (next == null) {
        next = new CompletableFuture<>();
      }
      mine = next;
      start = running == null;
      if (start) {
        running = next;
        next = null;
      }
    }
    if (start) {
      look(mine);
    }
    return mine;
  }

  /** Waits for the look-ups that were asked for, for so long at most. */
  void settled(Duration patience) {
    CompletableFuture<Void> last;
    synchronized (this) {
      last = next != null ? next : running;
    }
    if (last == null) {
      return;
    }
    try {
      last.handle((same, failure) -> null).get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("the broker has not said whether topic {} is the same", source.topic(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(CompletableFuture<Void> answer) {
    try {
      admin
          .describeTopics(List.of(source.topic()), new DescribeTopicsOptions().timeoutMs(timeoutMs))
          .topicNameValues()
          .get(source.topic())
          .whenComplete((topic, failure) -> tell(answer, topic, failure));
    } catch (RuntimeException e) {
      tell(answer, null, e);
    }
  }

  private void tell(CompletableFuture<Void> answer, TopicDescription topic, Throwable failure) {
    CompletableFuture<Void> after;
    synchronized (this) {
      running = next;
      next = null;
      after = running;
    }
    if (after != null) {
      look(after);
    }
    try {
      if (failure != null && !(failure instanceof UnknownTopicOrPartitionException)) {
        throw new MillraceException(
            ErrorCode.BROKER_UNREACHABLE,
            "cannot say the position in topic "
                + source.topic()
                + ": found "
                + Reason.of(failure)
                + ", expected the broker to say whether it is still the same topic; see whether it"
                + " runs",
            failure);
      }
      SourceTopic.check(
          "say the position of what was written to source " + source.name(),
          source,
          id,
          topic == null ? Optional.empty() : SourceTopic.text(topic));
      answer.complete(null);
    } catch (RuntimeException e) {
      answer.completeExceptionally(e);
    }
  }
}
