package io.millrace.producer;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlReader;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.SourcePosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.IndexedRecord;

/**
 * Writes records to a source of Millrace, as it was applied: to its topic, in its schema and its
 * format. Idempotent: a record is in the topic once, and those of one key in the order they were
 * sent, whatever is tried again underneath.
 *
 * <pre>{@code
 * Map<String, String> settings = Map.of("kafka.bootstrap.servers", "localhost:19092");
 * try (MillraceProducer orders = MillraceProducer.connect(settings, "orders")) {
 *   orders.send(Map.of("country", "DE", "amount", new BigDecimal("9.50")), "customer-7");
 *   orders.flush();
 *   String position = orders.position().toString(); // orders@Vw1u…:0=1231,1=1002
 * }
 * }</pre>
 *
 * <p>A question with {@code at_least} and that position is answered when the record is in the
 * answer ({@code docs/guide/querying.md}).
 *
 * <p>Values of fields are Avro's own, or Java's for what the schema means: {@link
 * java.math.BigDecimal} for a decimal, {@link java.time.Instant} for a timestamp, {@link
 * java.time.LocalDate} for a date, {@link java.time.LocalTime} for a time, {@link
 * java.time.LocalDateTime} for a local timestamp, {@link java.util.UUID} for a uuid, {@code byte[]}
 * for bytes. Nothing is rounded but digits of a time that are finer than its unit, which are cut
 * off. A field that is not given has its default.
 *
 * <p>Thread-safe.
 */
public final class MillraceProducer implements AutoCloseable {
  private static final Duration LINGER = Duration.ofMillis(5);

  private final SourceDefinition source;
  private final Schema schema;
  private final FittingRecords fitting;
  private final TopicWriter topic;

  private MillraceProducer(SourceDefinition source, TopicWriter topic) {
    this.source = source;
    this.schema = AvroWriter.schema(source);
    this.fitting = new FittingRecords(source.name(), schema);
    this.topic = topic;
  }

  /**
   * Connects to a source that was applied.
   *
   * @param settings Millrace's own, as its configuration file has them ({@code
   *     docs/guide/configuration.md}): {@code kafka.bootstrap.servers}, {@code namespace} if it is
   *     not {@code millrace}, and {@code kafka.properties.*} for how to log in
   * @param source its name
   * @throws MillraceException {@code CONFIG_INVALID}, {@code BROKER_UNREACHABLE}, {@code
   *     NOT_AUTHENTICATED} or {@code NOT_AUTHORIZED}; {@code BAD_REQUEST} if there is no such
   *     source; {@code TOPIC_MISSING} or {@code TOPIC_CHANGED} if its topic is not the one that was
   *     applied, or if nothing was applied yet; {@code REGISTRY_UNREACHABLE} if its schema cannot
   *     be registered
   */
  public static MillraceProducer connect(Map<String, String> settings, String source) {
    return connect(MillraceConfig.load(Optional.empty(), Map.of(), settings), source);
  }

  /** As {@link #connect(Map, String)}, with a configuration that was read before. */
  public static MillraceProducer connect(MillraceConfig config, String source) {
    Map<String, SourceDefinition> sources = ControlReader.read(config).sources();
    SourceDefinition definition = sources.get(source);
    if (definition == null) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot find source '"
              + source
              + "': found "
              + (sources.isEmpty() ? "none" : "only " + new TreeSet<>(sources.keySet()))
              + ", expected one that was applied; apply its folder by 'millrace apply DIR'");
    }
    return new MillraceProducer(definition, TopicWriter.open(config, definition, LINGER));
  }

  /** The schema that records are written in: the source's, as it was applied last. */
  public Schema schema() {
    return schema;
  }

  /** As {@link #send(IndexedRecord, String)}, to all partitions in turn. */
  public CompletionStage<SourcePosition> send(IndexedRecord record) {
    return send(record, null);
  }

  /**
   * Sends a {@link GenericRecord} or a generated {@code SpecificRecord}. Its own schema need not be
   * the source's: fields are taken by name.
   *
   * <p>May block while the broker is slower than what is sent, for {@code
   * kafka.properties.max.block.ms} at most.
   *
   * @param record not changed, and not looked at after the return
   * @param key records of one key go to one partition, in order; null: all partitions in turn
   * @return when the broker has taken the record: the position right behind it, which an answer has
   *     to reach to have it. Exceptionally a {@code MillraceException} if it did not take it or may
   *     not have; {@code TOPIC_CHANGED} if the topic was made again meanwhile, and nobody can say
   *     in which the record is. By a thread of the common pool, which may wait
   * @throws MillraceException {@code BAD_REQUEST} if the record does not fit the schema, with
   *     field, what was found and what is expected; nothing is sent then
   */
  public CompletionStage<SourcePosition> send(IndexedRecord record, String key) {
    return write(fitting.of(record), key);
  }

  /** As {@link #send(Map, String)}, to all partitions in turn. */
  public CompletionStage<SourcePosition> send(Map<String, ?> fields) {
    return send(fields, null);
  }

  /** As {@link #send(IndexedRecord, String)}, of a record as its fields' names and values. */
  public CompletionStage<SourcePosition> send(Map<String, ?> fields, String key) {
    return write(fitting.of(fields), key);
  }

  private CompletionStage<SourcePosition> write(GenericRecord record, String key) {
    CompletableFuture<SourcePosition> known = new CompletableFuture<>();
    topic.send(
        key == null ? topic.inTurn() : TopicWriter.BY_KEY,
        key == null ? null : key.getBytes(StandardCharsets.UTF_8),
        record,
        (where, failure) -> {
          if (failure != null) {
            known.completeExceptionally(topic.refusal("a record", failure));
            return;
          }
          topic.behind(where).whenComplete((position, unsaid) -> tell(known, position, unsaid));
        });
    // Kafka's own threads know first. Who is told may wait, which would stop them.
    CompletableFuture<SourcePosition> sent = new CompletableFuture<>();
    known.whenCompleteAsync((position, failure) -> tell(sent, position, failure));
    return sent;
  }

  private static void tell(
      CompletableFuture<SourcePosition> waits, SourcePosition position, Throwable failure) {
    if (failure == null) {
      waits.complete(position);
    } else {
      waits.completeExceptionally(
          failure instanceof CompletionException wrapped ? wrapped.getCause() : failure);
    }
  }

  /**
   * The position of all that the broker has taken from this producer so far: an answer that has
   * reached it has all of that. Of nothing at first. Asks the broker whether the topic is still the
   * same, and waits for its answer.
   *
   * @throws MillraceException {@code TOPIC_CHANGED} if it is not; {@code BROKER_UNREACHABLE} if the
   *     broker does not say; {@code INTERNAL} if it took a record without saying where
   */
  public SourcePosition position() {
    return topic.position();
  }

  /**
   * Returns when the broker has answered for everything sent before, one way or the other; what
   * {@link #send} returned completes a moment later.
   */
  public void flush() {
    topic.await();
  }

  /** The source's name. */
  public String source() {
    return source.name();
  }

  /**
   * Sends what is on its way, and lets go of the connections. What {@link #send} returned completes
   * all the same, a moment later.
   */
  @Override
  public void close() {
    topic.close();
  }
}
