package io.millrace.launcher.produce;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.model.SourceDefinition;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.avro.generic.GenericData;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends records to a source's topic with an idempotent producer: each once, in order. Not
 * thread-safe.
 */
public final class TopicWriter implements AutoCloseable {
  private final String topic;
  private final int partitions;
  private final AvroWriter avro;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  private TopicWriter(
      SourceDefinition source, int partitions, KafkaProducer<byte[], byte[]> producer) {
    this.topic = source.topic();
    this.partitions = partitions;
    this.avro = AvroWriter.of(source);
    this.producer = producer;
  }

  /**
   * @param linger how long a record may wait for others of its partition: one request each is most
   *     of the work of producer and broker alike
   * @throws MillraceException {@code TOPIC_MISSING}, {@code BROKER_UNREACHABLE} or {@code
   *     REGISTRY_UNREACHABLE}
   */
  public static TopicWriter open(MillraceConfig config, SourceDefinition source, Duration linger) {
    int partitions = partitions(config, source.topic());
    Map<String, Object> properties = new HashMap<>(config.clientProperties());
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    properties.put(ProducerConfig.LINGER_MS_CONFIG, linger.toMillis());
    properties.put(ProducerConfig.BATCH_SIZE_CONFIG, 128 << 10);
    properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    // Else a producer without a broker forgets the topic, and waits a minute within send().
    properties.putIfAbsent("metadata.recovery.strategy", "none");
    return new TopicWriter(
        source,
        partitions,
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()));
  }

  private static int partitions(MillraceConfig config, String topic) {
    long timeoutMs = config.kafka().connectTimeout().toMillis();
    try (Admin admin = Admin.create(config.adminProperties())) {
      return admin
          .describeTopics(java.util.List.of(topic))
          .allTopicNames()
          .get(timeoutMs, TimeUnit.MILLISECONDS)
          .get(topic)
          .partitions()
          .size();
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

  public int partitions() {
    return partitions;
  }

  /**
   * Hands a record over; may wait while the broker is slow.
   *
   * @param partition where to; −1: by the key
   * @param key may be null if the partition is given
   * @throws MillraceException if an earlier record was refused
   */
  public void send(int partition, byte[] key, GenericData.Record record) {
    check();
    send(
        partition,
        key,
        record,
        e -> {
          if (e != null) {
            failure.compareAndSet(null, e);
          }
        });
  }

  /**
   * As {@link #send(int, byte[], GenericData.Record)}, for a caller that wants to know of each.
   *
   * @param answer told once, by any thread: null if the record is in the topic, else why it may not
   *     be
   */
  void send(int partition, byte[] key, GenericData.Record record, Consumer<Exception> answer) {
    ProducerRecord<byte[], byte[]> made =
        new ProducerRecord<>(topic, partition < 0 ? null : partition, key, avro.write(record));
    AtomicBoolean answered = new AtomicBoolean();
    try {
      producer.send(
          made,
          (metadata, e) -> {
            if (answered.compareAndSet(false, true)) {
              answer.accept(e);
            }
          });
    } catch (KafkaException e) {
      if (answered.compareAndSet(false, true)) {
        answer.accept(e);
      }
    }
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
  MillraceException refusal(String what, Exception why) {
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
  void abort() {
    producer.close(Duration.ZERO);
  }

  @Override
  public void close() {
    producer.close();
  }
}
