package io.millrace.testkit;

import io.millrace.control.model.Progress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Follows all partitions of a speed topic from its beginning, read_committed. Not thread-safe. */
public final class SpeedTopicReader implements AutoCloseable {
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<Integer, SpeedReplica> replicas = new TreeMap<>();

  /**
   * @param clientProperties as {@link TestBroker#clientProperties}
   * @param topic there already
   * @param decoder reads a flush record's value
   */
  public SpeedTopicReader(
      Map<String, Object> clientProperties, String topic, Function<byte[], Progress> decoder) {
    Map<String, Object> properties = new HashMap<>(clientProperties);
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    partitions.forEach(p -> replicas.put(p.partition(), new SpeedReplica(decoder)));
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /**
   * Reads what is there, waiting for some at most {@code wait}.
   *
   * @param onFlush is called after each flush record with its partition and replica
   */
  public void poll(Duration wait, BiConsumer<Integer, SpeedReplica> onFlush) {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
      SpeedReplica replica = replicas.get(record.partition());
      if (replica.accept(record.key(), record.value())) {
        onFlush.accept(record.partition(), replica);
      }
    }
  }

  /** By partition. */
  public Map<Integer, SpeedReplica> replicas() {
    return replicas;
  }

  /** The position of each partition's last flush; partitions without one are not in it. */
  public Map<Integer, Long> positions() {
    Map<Integer, Long> positions = new TreeMap<>();
    replicas.forEach(
        (partition, replica) ->
            replica.progress().ifPresent(p -> positions.put(partition, p.position())));
    return positions;
  }

  /** All states of all segments of all partitions, by group key. */
  public Map<ByteBuffer, List<byte[]>> states() {
    Map<ByteBuffer, List<byte[]>> all = new HashMap<>();
    for (SpeedReplica replica : replicas.values()) {
      replica
          .progress()
          .ifPresent(
              progress ->
                  replica
                      .statesFrom(progress.cuts().get(0))
                      .forEach(
                          (key, states) ->
                              all.computeIfAbsent(key, k -> new ArrayList<>()).addAll(states)));
    }
    return all;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
