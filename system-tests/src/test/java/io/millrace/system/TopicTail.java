package io.millrace.system;

import io.millrace.control.model.Position;
import io.millrace.testkit.oracle.EventLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Follows a topic with Avro's own generic reader and nothing of Millrace, so that an oracle can
 * count the same records. Not thread-safe.
 */
public final class TopicTail<E> implements AutoCloseable {
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;
  private final BinaryMessageDecoder<GenericRecord> decoder;
  private final Function<GenericRecord, E> parse;
  private final EventLog<E> log = new EventLog<>();

  public TopicTail(
      String bootstrapServers, String topic, Schema schema, Function<GenericRecord, E> parse) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrapServers);
    config.put("isolation.level", "read_committed");
    config.put("auto.offset.reset", "earliest");
    config.put("max.poll.records", "50000");
    this.consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    this.decoder = new BinaryMessageDecoder<>(new org.apache.avro.generic.GenericData(), schema);
    this.parse = parse;
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** What has been read. */
  public EventLog<E> log() {
    return log;
  }

  /** Reads on until every record below {@code position} is in {@link #log}. */
  public void readTo(Position position) {
    while (!reached().covers(position)) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
        log.add(record.partition(), record.offset(), event(record.value()));
      }
    }
  }

  /** Where the topic ends now. */
  public Position end() {
    TreeMap<Integer, Long> ends = new TreeMap<>();
    consumer.endOffsets(partitions).forEach((p, offset) -> ends.put(p.partition(), offset));
    return Position.of(ends);
  }

  private Position reached() {
    TreeMap<Integer, Long> offsets = new TreeMap<>();
    partitions.forEach(p -> offsets.put(p.partition(), consumer.position(p)));
    return Position.of(offsets);
  }

  private E event(byte[] value) {
    try {
      return parse.apply(decoder.decode(value));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
