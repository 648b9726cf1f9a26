package io.millrace.system;

import io.millrace.control.model.Position;
import io.millrace.testkit.oracle.EventLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Comparator;
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
  private final String topic;
  private List<TopicPartition> partitions;
  private final BinaryMessageDecoder<GenericRecord> decoder;
  private final Function<GenericRecord, E> parse;
  private final EventLog<E> log = new EventLog<>();
  private final TreeMap<Integer, Long> reached = new TreeMap<>();

  public TopicTail(
      String bootstrapServers, String topic, Schema schema, Function<GenericRecord, E> parse) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrapServers);
    config.put("isolation.level", "read_committed");
    config.put("auto.offset.reset", "earliest");
    config.put("max.poll.records", "50000");
    this.consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.topic = topic;
    this.partitions = partitions();
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
      read(Duration.ofSeconds(1));
    }
  }

  /** Reads what there is now, waiting for it no longer than {@code patience}. */
  public void read(Duration patience) {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(patience)) {
      log.add(record.partition(), record.offset(), event(record.value()));
      reached.put(record.partition(), record.offset() + 1);
    }
  }

  /** Whether every record below {@code position} is in {@link #log}; asks nobody. */
  public boolean holds(Position position) {
    return Position.of(reached).covers(position);
  }

  /** Follows the partitions that the topic has by now, from the beginning of those that are new. */
  public void follow() {
    List<TopicPartition> now = partitions();
    if (now.size() > partitions.size()) {
      List<TopicPartition> added = now.subList(partitions.size(), now.size());
      partitions = now;
      consumer.assign(now);
      consumer.seekToBeginning(added);
    }
  }

  private List<TopicPartition> partitions() {
    return consumer.partitionsFor(topic).stream()
        .map(info -> new TopicPartition(topic, info.partition()))
        .sorted(Comparator.comparing(TopicPartition::partition))
        .toList();
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
