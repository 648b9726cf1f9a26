package io.millrace.control.kafka;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a compacted topic is the one it was when this began, and forgets nothing. A topic that
 * was deleted and made again has other records at its offsets, though its name is the same; one
 * that is not compacted alone loses what nobody says again.
 *
 * <p>{@link #look} and {@link #lookNow} belong to one thread; the rest is thread-safe.
 */
public final class TopicGuard {
  private static final Logger LOG = LoggerFactory.getLogger(TopicGuard.class);
  private static final long EVERY_NANOS = Duration.ofSeconds(5).toNanos();

  private final Admin admin;
  private final String topic;
  private final Duration timeout;
  private final Optional<String> known;
  private KafkaFuture<TopicDescription> described;
  private KafkaFuture<Config> configured;
  private long lookAgainAtNanos = System.nanoTime();
  private boolean another;
  private volatile Optional<MillraceException> changed = Optional.empty();
  private volatile Optional<MillraceException> forgetful = Optional.empty();

  /**
   * @param admin stays the caller's
   * @param topic one that is there
   */
  TopicGuard(Admin admin, String topic, Duration timeout) {
    this.admin = admin;
    this.topic = topic;
    this.timeout = timeout;
    this.known = SourceTopic.id(admin, topic, timeout);
  }

  /** That the topic is another one, or gone. Another one it stays; one that is back is none. */
  public Optional<MillraceException> changed() {
    return changed;
  }

  /** That records may be deleted that nobody says again, as far as the broker tells. */
  public Optional<MillraceException> forgetful() {
    return forgetful;
  }

  /** Asks the broker now and then, and waits for no answer. */
  public void look() {
    if (described != null && described.isDone()) {
      said(described);
      described = null;
    }
    if (configured != null && configured.isDone()) {
      configured(configured);
      configured = null;
    }
    if (System.nanoTime() - lookAgainAtNanos < 0 || described != null || configured != null) {
      return;
    }
    lookAgainAtNanos = System.nanoTime() + EVERY_NANOS;
    ConfigResource resource = new ConfigResource(Type.TOPIC, topic);
    described = admin.describeTopics(List.of(topic)).topicNameValues().get(topic);
    configured = admin.describeConfigs(List.of(resource)).values().get(resource);
  }

  /**
   * Asks the broker which topic there is, and waits for what it says.
   *
   * @throws MillraceException {@code BROKER_UNREACHABLE}, or what Kafka refuses
   */
  public void lookNow() {
    found(SourceTopic.id(admin, topic, timeout), false);
  }

  private void said(KafkaFuture<TopicDescription> description) {
    try {
      found(SourceTopic.text(description.get()), true);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        found(Optional.empty(), false);
      } else {
        LOG.debug("cannot look up topic {}", topic, e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * @param there whether there is a topic, though without an id
   */
  private void found(Optional<String> id, boolean there) {
    if (known.isEmpty() || another || (id.isEmpty() && there)) {
      return;
    }
    if (id.equals(known)) {
      changed = Optional.empty();
      return;
    }
    MillraceException why =
        new MillraceException(
            ErrorCode.TOPIC_CHANGED,
            "cannot go on following "
                + topic
                + ": found "
                + id.map(text -> "a topic with id " + text).orElse("no such topic")
                + ", expected the one with id "
                + known.get()
                + ", with which this process began; what was applied and run before is in force here"
                + " until it ends: run `millrace apply DIR`, then restart every layer");
    another = id.isPresent();
    if (changed.isEmpty()) {
      LOG.error("{} {}", why.code(), why.getMessage());
    }
    changed = Optional.of(why);
  }

  private void configured(KafkaFuture<Config> config) {
    try {
      String policy = config.get().get(TopicConfig.CLEANUP_POLICY_CONFIG).value();
      boolean keeps = Set.of(policy.split(",")).equals(Set.of(TopicConfig.CLEANUP_POLICY_COMPACT));
      if (!keeps && forgetful.isEmpty()) {
        LOG.error("topic {} has {} '{}'", topic, TopicConfig.CLEANUP_POLICY_CONFIG, policy);
      }
      forgetful = keeps ? Optional.empty() : Optional.of(forgets(policy));
    } catch (ExecutionException | CancellationException e) {
      // It takes a right of its own to see how a topic is set up.
      LOG.debug("cannot see how topic {} is set up", topic, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private MillraceException forgets(String policy) {
    return new MillraceException(
        ErrorCode.CONFIG_INVALID,
        "cannot rely on topic "
            + topic
            + ": found cleanup.policy="
            + policy
            + ", expected compact: Kafka deletes what was applied and run once it is old; run"
            + " `kafka-configs.sh --alter --entity-type topics --entity-name "
            + topic
            + " --add-config cleanup.policy=compact`");
  }
}
