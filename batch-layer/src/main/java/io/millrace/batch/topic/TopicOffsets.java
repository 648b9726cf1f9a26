package io.millrace.batch.topic;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What a topic holds.
 *
 * @param partitions how many it has
 * @param earliest the first offset that is still there, per partition
 * @param end the last stable offset, exclusive: no record below it is of an open transaction
 */
public record TopicOffsets(int partitions, Position earliest, Position end) {
  private static final int FETCH_WAIT_MS = 20;

  /**
   * @throws MillraceException {@code TOPIC_MISSING}; {@code BROKER_UNREACHABLE}
   */
  public static TopicOffsets read(MillraceConfig config, String topic) {
    try (Consumer<byte[], byte[]> consumer = consumer(config)) {
      List<PartitionInfo> infos = consumer.partitionsFor(topic);
      if (infos == null || infos.isEmpty()) {
        throw new MillraceException(
            ErrorCode.TOPIC_MISSING,
            "cannot read topic "
                + topic
                + ": found no such topic, expected one at "
                + config.clientProperties().get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG)
                + "; create it or run `millrace apply`, which does");
      }
      List<TopicPartition> partitions =
          infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
      return new TopicOffsets(
          partitions.size(),
          position(consumer.beginningOffsets(partitions)),
          position(consumer.endOffsets(partitions)));
    } catch (TimeoutException e) {
      throw new MillraceException(
          ErrorCode.BROKER_UNREACHABLE,
          "cannot read topic "
              + topic
              + ": found no answer within "
              + config.kafka().connectTimeout().toSeconds()
              + " s, expected a broker at "
              + config.clientProperties().get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG)
              + "; check kafka.bootstrap.servers and that the broker runs",
          e);
    }
  }

  /** A read_committed consumer of bytes that belongs to no group. */
  public static Consumer<byte[], byte[]> consumer(MillraceConfig config) throws KafkaException {
    Map<String, Object> properties = new HashMap<>(config.clientProperties());
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    // What is read is there. The consumer asks for more all the same, and does not close before
    // the broker has said that there is nothing.
    properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_WAIT_MS);
    properties.put(
        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
        Math.toIntExact(config.kafka().connectTimeout().toMillis()));
    return new KafkaConsumer<>(
        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static Position position(Map<TopicPartition, Long> offsets) {
    Map<Integer, Long> byPartition = new HashMap<>();
    offsets.forEach((partition, offset) -> byPartition.put(partition.partition(), offset));
    return Position.of(byPartition);
  }
}
