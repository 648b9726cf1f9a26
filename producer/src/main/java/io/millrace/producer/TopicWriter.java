package io.millrace.producer;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.SourcePosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;

/**
 * Sends records to a source's topic with an idempotent producer: each once, in order, to the
 * partition that is asked for, that of its key, or all in turn; and knows the position of what the
 * broker has taken. Thread-safe.
 */
public final class TopicWriter implements AutoCloseable {
  /** Instead of a partition: that of the key, as Kafka's own producers choose it. */
  public static final int BY_KEY = -1;

  private final SourceDefinition source;
  private final String topic;
  private final Optional<String> topicId;
  private final int partitions;
  private final AvroWriter avro;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Admin admin;
  private final TopicIdentity identity;
  private final Duration patience;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final AtomicLong turn = new AtomicLong();

  /**
   * For each partition that has one, the offset right behind the last record the broker has taken;
   * there may be more partitions than when writing began.
   */
  private final Map<Integer, Long> taken = new ConcurrentHashMap<>();

  /** Whether it has taken one without saying where. */
  private volatile boolean unplaced;

  private TopicWriter(
      SourceDefinition source,
      TopicDescription described,
      Admin admin,
      Duration patience,
      AvroWriter avro,
      KafkaProducer<byte[], byte[]> producer) {
    this.source = source;
    this.topic = source.topic();
    this.topicId = SourceTopic.text(described);
    this.partitions = described.partitions().size();
    this.admin = admin;
    this.identity = new TopicIdentity(admin, source, topicId, (int) patience.toMillis());
    this.patience = patience;
    this.avro = avro;
    this.producer = producer;
  }

  /**
   * @param linger how long a record may wait for others of its partition: one request each is most
   *     of the work of producer and broker alike
   * @throws MillraceException {@code TOPIC_MISSING}, {@code TOPIC_CHANGED}, {@code
   *     BROKER_UNREACHABLE} or {@code REGISTRY_UNREACHABLE}
   */
  public static TopicWriter open(MillraceConfig config, SourceDefinition source, Duration linger) {
    Admin admin = Admin.create(config.adminProperties());
    try {
      return open(config, source, linger, admin);
    } catch (RuntimeException e) {
      admin.close(Duration.ZERO);
      throw e;
    }
  }

  private static TopicWriter open(
      MillraceConfig config, SourceDefinition source, Duration linger, Admin admin) {
    TopicDescription topic = describe(config, admin, source.topic());
    SourceTopic.check(
        "produce to source " + source.name(), source, source.topicId(), SourceTopic.text(topic));
    AvroWriter avro = AvroWriter.of(source);
    Map<String, Object> properties = new HashMap<>(config.clientProperties());
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    properties.put(ProducerConfig.LINGER_MS_CONFIG, linger.toMillis());
    properties.put(ProducerConfig.BATCH_SIZE_CONFIG, 128 << 10);
    properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    // Else a producer without a broker forgets the topic, and waits a minute within send().
    properties.putIfAbsent("metadata.recovery.strategy", "none");
    try {
      return new TopicWriter(
          source,
          topic,
          admin,
          config.kafka().connectTimeout(),
          avro,
          new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()));
    } catch (KafkaException e) {
      throw new MillraceException(
          ErrorCode.CONFIG_INVALID,
          "cannot produce: found "
              + Reason.of(e)
              + ", expected settings that Kafka's producer takes; correct kafka.properties",
          e);
    }
  }

  private static TopicDescription describe(MillraceConfig config, Admin admin, String topic) {
    long timeoutMs = config.kafka().connectTimeout().toMillis();
    try {
      return admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get(timeoutMs, TimeUnit.MILLISECONDS)
          .get(topic);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw new MillraceException(
            ErrorCode.TOPIC_MISSING,
            "cannot produce: found no topic " + topic + "; apply the source again, or create it",
            e);
      }
      throw new MillraceException(
          ErrorCode.BROKER_UNREACHABLE, "cannot produce: " + Reason.of(e), e);
    } catch (TimeoutException e) {
      throw new MillraceException(
          ErrorCode.BROKER_UNREACHABLE,
          "cannot produce: found no broker at "
              + config.kafka().bootstrapServers().orElse("")
              + " within "
              + timeoutMs
              + " ms; start it, correct kafka.bootstrap.servers, or raise kafka.connect.timeout",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.INTERNAL, "interrupted while looking up " + topic, e);
    }
  }

  /** The next partition, of those there were at first, for a record that may go to any. */
  public int inTurn() {
    return (int) (turn.getAndIncrement() % partitions);
  }

  /** The partition of all records that have this text: that which Kafka gives a key. */
  public int of(String text) {
    return Utils.toPositive(Utils.murmur2(text.getBytes(StandardCharsets.UTF_8))) % partitions;
  }

  /**
   * Hands a record over; may wait while the broker is slow.
   *
   * @param partition where to, or {@link #BY_KEY}
   * @param key may be null if the partition is given
   * @throws MillraceException if an earlier record was refused
   */
  public void send(int partition, byte[] key, GenericRecord record) {
    check();
    send(
        partition,
        key,
        record,
        (where, e) -> {
          if (e != null) {
            failure.compareAndSet(null, e);
          }
        });
  }

  /**
   * As {@link #send(int, byte[], GenericRecord)}, for a caller that wants to know of each.
   *
   * @param answer told once, by any thread: where in the topic the record is, or why it may not be
   *     there
   */
  public void send(int partition, byte[] key, GenericRecord record, Callback answer) {
    ProducerRecord<byte[], byte[]> made =
        new ProducerRecord<>(topic, partition < 0 ? null : partition, key, encoded(record));
    AtomicBoolean answered = new AtomicBoolean();
    try {
      producer.send(
          made,
          (where, e) -> {
            if (e == null) {
              take(where);
            }
            if (answered.compareAndSet(false, true)) {
              answer.onCompletion(where, e);
            }
          });
    } catch (KafkaException e) {
      if (answered.compareAndSet(false, true)) {
        answer.onCompletion(null, e);
      }
    }
  }

  private byte[] encoded(GenericRecord record) {
    synchronized (avro) {
      return avro.write(record);
    }
  }

  private void take(RecordMetadata where) {
    if (where.hasOffset()) {
      taken.merge(where.partition(), where.offset() + 1, Math::max);
    } else {
      unplaced = true;
    }
  }

  /**
   * The position of all that the broker has taken, once it has said that the topic is still the one
   * it was.
   *
   * @throws MillraceException {@code TOPIC_CHANGED} if it is not; {@code BROKER_UNREACHABLE} if it
   *     does not say; {@code INTERNAL} if it has taken a record without saying where
   */
  public SourcePosition position() {
    Position position = Position.of(taken);
    if (unplaced) {
      throw unplaced();
    }
    prove();
    return new SourcePosition(source.name(), topicId, position);
  }

  private void prove() {
    try {
      identity.still().get(2 * patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MillraceException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw new MillraceException(
          ErrorCode.BROKER_UNREACHABLE,
          "cannot say the position in topic "
              + topic
              + ": found no answer, expected the broker to say whether it is still the same topic;"
              + " see whether it runs",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.INTERNAL, "interrupted while looking up " + topic, e);
    }
  }

  /** The position right behind a record, once the topic was found to be the same after it. */
  CompletableFuture<SourcePosition> behind(RecordMetadata where) {
    if (!where.hasOffset()) {
      return CompletableFuture.failedFuture(unplaced());
    }
    return identity
        .still()
        .thenApply(
            same ->
                new SourcePosition(
                    source.name(),
                    topicId,
                    Position.empty().with(where.partition(), where.offset() + 1)));
  }

  /** That the position of a record is not known, though it is in the topic. */
  private MillraceException unplaced() {
    return new MillraceException(
        ErrorCode.INTERNAL,
        "cannot say the position: found that the broker has a record of topic "
            + topic
            + " already, sent a second time after a connection broke, and does not say where;"
            + " the record is there once");
  }

  /** Returns when the broker has answered for everything handed over. */
  void await() {
    producer.flush();
  }

  /** Returns when everything handed over is in the topic. */
  public void flush() {
    producer.flush();
    check();
  }

  private void check() {
    Exception e = failure.get();
    if (e != null) {
      throw refusal("a record", e);
    }
  }

  /**
   * @param what was not taken
   */
  public MillraceException refusal(String what, Exception why) {
    boolean late = why instanceof org.apache.kafka.common.errors.TimeoutException;
    return new MillraceException(
        late ? ErrorCode.BROKER_UNREACHABLE : ErrorCode.INTERNAL,
        "cannot produce to "
            + topic
            + ": "
            + (late ? "the broker did not take " : "the broker refused ")
            + what
            + ": "
            + Reason.of(why)
            + (late ? "; see whether it runs" : ""),
        why);
  }

  /** Ends at once: what the broker has not answered for is answered with a failure. */
  public void abort() {
    producer.close(Duration.ZERO);
  }

  /** Who was told of a record last may still wait for what the broker says of the topic. */
  @Override
  public void close() {
    producer.close();
    identity.settled(patience);
    admin.close(Duration.ofSeconds(1));
  }
}
