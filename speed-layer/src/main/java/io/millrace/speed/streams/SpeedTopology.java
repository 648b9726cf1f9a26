package io.millrace.speed.streams;

import io.millrace.speed.task.SourceFeed;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;

/** The one topology: source topic, the task's processor with its store, speed topics. */
public final class SpeedTopology {
  private static final String SOURCE = "source";
  private static final String VIEWS = "views";
  private static final String SPEED_TOPICS = "speed-topics";

  private SpeedTopology() {}

  public static Topology of(SourceFeed feed, Map<String, String> changelogConfig) {
    ProcessorSupplier<byte[], byte[], SinkKey, byte[]> processor = () -> new SpeedProcessor(feed);
    Topology topology = new Topology();
    topology.addSource(
        AutoOffsetReset.earliest(),
        SOURCE,
        (record, partitionTime) -> Math.max(0, record.timestamp()),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer(),
        feed.settings().topic());
    topology.addProcessor(VIEWS, processor, SOURCE);
    topology.addStateStore(new SpeedStore.Builder(changelogConfig), VIEWS);
    topology.addSink(
        SPEED_TOPICS,
        SinkKey.topicName(),
        SinkKey.serializer(),
        new ByteArraySerializer(),
        SinkKey.partitioner(),
        VIEWS);
    return topology;
  }
}
