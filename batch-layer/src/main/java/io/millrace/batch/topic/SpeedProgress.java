package io.millrace.batch.topic;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Progress;
import io.millrace.control.model.SpeedKey;
import io.millrace.control.model.SpeedRecords;
import io.millrace.control.model.ViewDefinition;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** Reads what the speed layer said last of a view version. Stateless. */
public final class SpeedProgress {
  /** How many offsets before the end are looked at first; most hold a flush. */
  private static final long FIRST_LOOK = 256;

  private static final Duration POLL = Duration.ofMillis(200);

  private SpeedProgress() {}

  /**
   * The newest committed flush record of each partition that has one; empty if the speed layer has
   * not begun the view.
   */
  public static Map<Integer, Progress> newest(MillraceConfig config, ViewDefinition view) {
    String topic = config.topics().speed(view);
    try (Consumer<byte[], byte[]> consumer = TopicOffsets.consumer(config)) {
      // Not a list of topics: one that may not be described would look as if it were not there.
      List<PartitionInfo> infos = consumer.partitionsFor(topic);
      if (infos == null || infos.isEmpty()) {
        return Map.of();
      }
      List<TopicPartition> partitions =
          infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
      return newest(
          consumer, consumer.beginningOffsets(partitions), consumer.endOffsets(partitions));
    }
  }

  /** Looks back from the ends, four times as far each time, until every partition has given one. */
  private static Map<Integer, Progress> newest(
      Consumer<byte[], byte[]> consumer,
      Map<TopicPartition, Long> begin,
      Map<TopicPartition, Long> end) {
    Map<Integer, Progress> newest = new HashMap<>();
    Map<TopicPartition, Long> to = new HashMap<>(end);
    for (long look = FIRST_LOOK; ; look *= 4) {
      to.keySet().removeIf(p -> newest.containsKey(p.partition()) || to.get(p) <= begin.get(p));
      if (to.isEmpty()) {
        return newest;
      }
      Map<TopicPartition, Long> from = new HashMap<>();
      for (TopicPartition partition : to.keySet()) {
        from.put(partition, Math.max(begin.get(partition), end.get(partition) - look));
      }
      read(consumer, from, to, newest);
      to.putAll(from);
    }
  }

  /**
   * Puts the last flush record of each partition that has one in {@code [from, to)}. All partitions
   * are read at once: a consumer asks a broker for nothing new before the last question is
   * answered, and the broker takes its time to say that there is nothing.
   */
  private static void read(
      Consumer<byte[], byte[]> consumer,
      Map<TopicPartition, Long> from,
      Map<TopicPartition, Long> to,
      Map<Integer, Progress> last) {
    consumer.assign(from.keySet());
    consumer.resume(from.keySet());
    from.forEach(consumer::seek);
    Set<TopicPartition> reading = new HashSet<>(from.keySet());
    while (!reading.isEmpty()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        if (record.offset() < to.get(partition)
            && record.value() != null
            && SpeedKey.fromBytes(record.key()) instanceof SpeedKey.Flush) {
          last.put(record.partition(), SpeedRecords.decode(record.value()));
        }
      }
      // The position passes markers, aborted and compacted records, of which poll returns nothing.
      List<TopicPartition> done =
          reading.stream().filter(p -> consumer.position(p) >= to.get(p)).toList();
      consumer.pause(done);
      done.forEach(reading::remove);
    }
  }
}
