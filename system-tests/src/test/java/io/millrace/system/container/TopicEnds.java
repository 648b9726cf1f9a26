package io.millrace.system.container;

import io.millrace.control.model.Position;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Where topics end, for readers of what is committed. */
final class TopicEnds {
  private TopicEnds() {}

  static Position of(String bootstrapServers, String topic) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", bootstrapServers);
    properties.put("isolation.level", "read_committed");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      TreeMap<Integer, Long> ends = new TreeMap<>();
      consumer.endOffsets(partitions).forEach((p, offset) -> ends.put(p.partition(), offset));
      return Position.of(ends);
    }
  }
}
