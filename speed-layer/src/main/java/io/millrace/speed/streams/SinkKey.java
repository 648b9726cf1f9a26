package io.millrace.speed.streams;

import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.TopicNameExtractor;

/**
 * The key of a record on its way to the sink, with where it goes.
 *
 * @param topic the speed topic
 * @param partition the task's own partition
 * @param key the record's key
 */
record SinkKey(String topic, Partition partition, byte[] key) {
  /** A partition, in the form that Kafka Streams asks for. */
  static final class Partition {
    private final Optional<Set<Integer>> only;

    Partition(int number) {
      this.only = Optional.of(Set.of(number));
    }
  }

  static Serializer<SinkKey> serializer() {
    return (topic, sinkKey) -> sinkKey.key();
  }

  static TopicNameExtractor<SinkKey, byte[]> topicName() {
    return (sinkKey, value, context) -> sinkKey.topic();
  }

  static StreamPartitioner<SinkKey, byte[]> partitioner() {
    return (topic, sinkKey, value, partitions) -> sinkKey.partition().only;
  }
}
