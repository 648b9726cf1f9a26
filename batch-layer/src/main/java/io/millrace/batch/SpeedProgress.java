package io.millrace.batch;

import io.millrace.control.MillraceConfig;
import io.millrace.control.Progress;
import io.millrace.control.SpeedKey;
import io.millrace.control.SpeedRecords;
import io.millrace.control.ViewDefinition;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** Reads what the speed layer said last of a view version. Stateless. */
final class SpeedProgress {
  /** How many offsets before the end are looked at first; most hold a flush. */
  private static final long FIRST_LOOK = 256;

  private static final Duration POLL = Duration.ofMillis(200);

  private SpeedProgress() {}

  /**
   * The newest committed flush record of each partition that has one; empty if the speed layer has
   * not begun the view.
   */
  static Map<Integer, Progress> newest(MillraceConfig config, ViewDefinition view) {
    String topic = config.topics().speed(view);
    Map<Integer, Progress> newest = new HashMap<>();
    try (Consumer<byte[], byte[]> consumer = TopicOffsets.consumer(config)) {
      // Not a list of topics: one that may not be described would look as if it were not there.
      List<PartitionInfo> infos = consumer.partitionsFor(topic);
      if (infos == null || infos.isEmpty()) {
        return newest;
      }
      List<TopicPartition> partitions =
          infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
      Map<TopicPartition, Long> begin = consumer.beginningOffsets(partitions);
      Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
      for (TopicPartition partition : partitions) {
        newest(consumer, partition, begin.get(partition), end.get(partition))
            .ifPresent(progress -> newest.put(partition.partition(), progress));
      }
    }
    return newest;
  }

  /** Looks back from the end, four times as far each time. */
  private static Optional<Progress> newest(
      Consumer<byte[], byte[]> consumer, TopicPartition partition, long begin, long end) {
    consumer.assign(List.of(partition));
    long to = end;
    for (long look = FIRST_LOOK; to > begin; look *= 4) {
      long from = Math.max(begin, end - look);
      Optional<Progress> found = last(consumer, partition, from, to);
      if (found.isPresent()) {
        return found;
      }
      to = from;
    }
    return Optional.empty();
  }

  private static Optional<Progress> last(
      Consumer<byte[], byte[]> consumer, TopicPartition partition, long from, long to) {
    Progress last = null;
    consumer.seek(partition, from);
    // The position passes markers, aborted and compacted records, of which poll returns nothing.
    while (consumer.position(partition) < to) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL).records(partition)) {
        if (record.offset() < to
            && record.value() != null
            && SpeedKey.fromBytes(record.key()) instanceof SpeedKey.Flush) {
          last = SpeedRecords.decode(record.value());
        }
      }
    }
    return Optional.ofNullable(last);
  }
}
