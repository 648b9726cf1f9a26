package io.millrace.control.kafka;

import io.millrace.control.config.Durations;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.model.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The Kafka cluster as the control log needs it: reached, with its topics. Thread-safe. */
public final class ControlCluster implements AutoCloseable {
  /** Leaves the broker to forget what it was asked last, rather than wait for its answer. */
  public static final CloseOptions AT_ONCE = CloseOptions.timeout(Duration.ZERO);

  private static final int READ_WAIT_MS = 20;

  private static final String HOUR = Long.toString(Duration.ofHours(1).toMillis());
  private static final String TEN_MINUTES = Long.toString(Duration.ofMinutes(10).toMillis());

  private final Map<String, Object> properties;
  private final Duration timeout;
  private final Admin admin;

  private ControlCluster(Map<String, Object> properties, Duration timeout, Admin admin) {
    this.properties = properties;
    this.timeout = timeout;
    this.admin = admin;
  }

  /**
   * Finds a broker and creates the topics that are missing. Where none is, this takes no right but
   * to describe them.
   *
   * @throws MillraceException {@code CONFIG_INVALID}, {@code BROKER_UNREACHABLE}, {@code
   *     NOT_AUTHENTICATED}, {@code NOT_AUTHORIZED}, {@code TOPIC_MISSING}
   */
  public static ControlCluster open(MillraceConfig config) {
    ControlCluster cluster = reach(config);
    try {
      cluster.createTopics(config);
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** As {@link #open}, but makes no topic and asks for none. */
  public static ControlCluster reach(MillraceConfig config) {
    Map<String, Object> properties = config.clientProperties();
    Duration timeout = config.kafka().connectTimeout();
    TlsProbe.check(properties, timeout);
    Map<String, Object> forAdmin = config.adminProperties();
    forAdmin.put("default.api.timeout.ms", (int) timeout.toMillis());
    forAdmin.put("request.timeout.ms", (int) timeout.toMillis());
    Admin admin;
    try {
      admin = Admin.create(forAdmin);
    } catch (KafkaException e) {
      throw unusable(properties, timeout, e);
    }
    ControlCluster cluster = new ControlCluster(properties, timeout, admin);
    try {
      cluster.await(admin.describeCluster().nodes());
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /**
   * A consumer that reads one partition from its beginning to where it ends now. It closes soon:
   * first it hears from the broker that there is no more, which has it wait half a second unless
   * told otherwise.
   */
  public Consumer<byte[], byte[]> reader(TopicPartition partition) {
    return consumer(partition, Map.of("fetch.max.wait.ms", READ_WAIT_MS));
  }

  /**
   * A consumer that follows one partition from its beginning. The caller closes it by {@link
   * #AT_ONCE}.
   */
  public Consumer<byte[], byte[]> follower(TopicPartition partition) {
    return consumer(partition, Map.of());
  }

  /**
   * As {@link #follower}, but where it stands is not forgotten: if the partition has no such offset
   * any more, its poll throws {@link org.apache.kafka.clients.consumer.OffsetOutOfRangeException}.
   */
  public Consumer<byte[], byte[]> steadyFollower(TopicPartition partition) {
    return consumer(partition, Map.of("auto.offset.reset", "none"));
  }

  /** Watches whether a topic stays the one it is now, and is compacted. */
  public TopicGuard guard(String topic) {
    return new TopicGuard(admin, topic, timeout);
  }

  private Consumer<byte[], byte[]> consumer(TopicPartition partition, Map<String, Object> further) {
    Map<String, Object> settings = new HashMap<>(properties);
    settings.put("enable.auto.commit", false);
    settings.put("auto.offset.reset", "earliest");
    settings.put("isolation.level", "read_committed");
    settings.putAll(further);
    settings.remove("group.id");
    Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    return consumer;
  }

  /** A producer that neither loses nor doubles a record. The caller closes it. */
  public Producer<byte[], byte[]> producer() {
    Map<String, Object> settings = new HashMap<>(properties);
    settings.put("acks", "all");
    settings.put("enable.idempotence", true);
    settings.put("linger.ms", 0);
    settings.put("delivery.timeout.ms", 30_000);
    settings.put("request.timeout.ms", 10_000);
    settings.put("max.block.ms", 30_000);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Whether there is a topic of that name. */
  public boolean has(String topic) {
    return ask(() -> ServedTopics.exists(admin, topic, timeout));
  }

  /** The offset after the last record of a partition, now. */
  public long end(TopicPartition partition) {
    return await(
            admin.listOffsets(Map.of(partition, OffsetSpec.latest())).partitionResult(partition))
        .offset();
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(2));
  }

  /** What to say when the broker did not answer in time, or refused. */
  public MillraceException unreachable(Throwable cause) {
    return unreachable(properties, timeout, cause);
  }

  private static MillraceException unreachable(
      Map<String, Object> properties, Duration timeout, Throwable cause) {
    Optional<MillraceException> refusal = KafkaRefusal.of(cause);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    return new MillraceException(
        ErrorCode.BROKER_UNREACHABLE,
        "cannot reach Kafka: found no broker at "
            + properties.get("bootstrap.servers")
            + " within "
            + Durations.format(timeout)
            + " ("
            + Reason.of(cause)
            + "), expected one that answers "
            + properties.getOrDefault("security.protocol", "PLAINTEXT")
            + "; start it, correct kafka.bootstrap.servers or kafka.properties.security.protocol, or"
            + " raise kafka.connect.timeout where brokers are slow",
        cause);
  }

  /** What to say when Kafka's client does not take its settings. */
  private static MillraceException unusable(
      Map<String, Object> properties, Duration timeout, KafkaException thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String kind = root.getClass().getSimpleName();
    String reason = Reason.of(root);
    String found = reason.startsWith(kind) ? reason : kind + ": " + reason;
    if (found.contains("bootstrap.servers")) {
      // A name that cannot be looked up may be there in a moment.
      return unreachable(properties, timeout, root);
    }
    // Kafka quotes what it stumbles over, be it a part of a password.
    return new MillraceException(
        ErrorCode.CONFIG_INVALID,
        "cannot use kafka.properties: found "
            + (found.contains("JAAS") ? "a sasl.jaas.config that is not well formed" : found)
            + ", expected settings that Kafka's clients take; correct them, as"
            + " docs/guide/security.md says",
        found.contains("JAAS") ? null : thrown);
  }

  private void createTopics(MillraceConfig config) {
    Topics topics = config.topics();
    short replicas = (short) config.kafka().replicationFactor();
    create(
        new NewTopic(topics.control(), 1, replicas).configs(Map.of("cleanup.policy", "compact")));
    create(
        new NewTopic(topics.status(), 1, replicas)
            .configs(
                Map.of(
                    "cleanup.policy", "compact,delete",
                    "retention.ms", HOUR,
                    "segment.ms", TEN_MINUTES)));
    create(
        new NewTopic(topics.requests(), 1, replicas)
            .configs(
                Map.of(
                    "cleanup.policy", "delete",
                    "retention.ms", HOUR,
                    "segment.ms", TEN_MINUTES)));
  }

  private void create(NewTopic topic) {
    if (has(topic.name())) {
      return;
    }
    try {
      admin.createTopics(List.of(topic)).all().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      // Another process may create it at the same time.
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new MillraceException(
            ErrorCode.TOPIC_MISSING,
            "cannot create topic "
                + topic.name()
                + ": found that Kafka refuses it ("
                + Reason.of(e)
                + "), expected the right to create it; create it by hand with one partition and "
                + topic.configs()
                + ", or correct kafka.replication.factor",
            e);
      }
    } catch (TimeoutException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    ask(
        () -> {
          ServedTopics.await(admin, topic.name(), topic.numPartitions(), timeout);
          return true;
        });
  }

  private <T> T await(KafkaFuture<T> future) {
    return ask(() -> future.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** Something that Kafka answers, or does not. */
  private interface Question<T> {
    T answer() throws ExecutionException, TimeoutException, InterruptedException;
  }

  private <T> T ask(Question<T> question) {
    try {
      return question.answer();
    } catch (ExecutionException e) {
      throw unreachable(e.getCause());
    } catch (TimeoutException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  public static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while waiting for Kafka", e);
  }
}
