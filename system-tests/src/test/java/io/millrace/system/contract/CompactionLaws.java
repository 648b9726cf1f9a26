package io.millrace.system.contract;

import static io.millrace.system.contract.BrokerClients.PATIENCE;
import static io.millrace.system.contract.BrokerClients.fold;
import static io.millrace.system.contract.BrokerClients.readTo;
import static org.apache.kafka.common.IsolationLevel.READ_COMMITTED;
import static org.apache.kafka.common.IsolationLevel.READ_UNCOMMITTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testkit.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Compacted topics: speed topics, changelogs and the control topic are maps. */
interface CompactionLaws extends Law {
  /** Tombstones go at once. */
  Map<String, String> COMPACT = compact(Duration.ofMillis(50));

  String FILLER = "filler";
  int KEYS = 12;

  @Test
  default void shouldKeepOnlyTheNewestRecordOfEachKeyAtItsOffset() throws Exception {
    TopicPartition partition = clients().partition(COMPACT);
    try (KafkaProducer<String, String> producer = clients().producer()) {
      Minutes minutes = new Minutes(producer, partition);
      Map<String, Long> newest = new HashMap<>();
      for (int version = 0; version < 4; version++) {
        for (int key = 0; key < KEYS; key++) {
          newest.put("k" + key, minutes.send("k" + key, "v" + version));
        }
      }
      for (String forgotten : List.of("k0", "k5")) {
        minutes.send(forgotten, null);
        newest.remove(forgotten);
      }
      Map<String, String> before = fold(Map.of(), clients().read(READ_COMMITTED, partition));
      assertThat(before).hasSize(KEYS - 2).containsValue("v3").doesNotContainValue("v2");

      Eventually.await(
          "the older records and the tombstones to go",
          PATIENCE,
          () -> {
            minutes.next();
            return compacted(clients().read(READ_COMMITTED, partition));
          });
      List<ConsumerRecord<String, String>> left = clients().read(READ_COMMITTED, partition);
      assertThat(withoutFiller(left)).containsExactlyInAnyOrderEntriesOf(newest);
      assertThat(left).extracting(ConsumerRecord::offset).isSorted().doesNotHaveDuplicates();
      Map<String, String> after = fold(Map.of(), left);
      after.remove(FILLER);
      assertThat(after).isEqualTo(before);
      assertThat(clients().beginning(partition)).isZero();
      assertThat(clients().end(READ_COMMITTED, partition)).isEqualTo(minutes.sent());
    }
  }

  /** What counts is the newest <em>committed</em> record, and an aborted one never comes back. */
  @Test
  default void shouldNotLetAbortedRecordsReplaceCommittedOnes() throws Exception {
    TopicPartition partition = clients().partition(COMPACT);
    try (KafkaProducer<String, String> producer = clients().begun(partition.topic())) {
      Minutes minutes = new Minutes(producer, partition);
      minutes.send("k", "old");
      minutes.send("k", "committed");
      producer.commitTransaction();
      producer.beginTransaction();
      minutes.send("k", "aborted");
      producer.abortTransaction();
      assertThat(clients().values(READ_UNCOMMITTED, partition)).contains("old", "aborted");
      Eventually.await(
          "the old and the aborted record to go",
          PATIENCE,
          () -> {
            producer.beginTransaction();
            minutes.next();
            producer.commitTransaction();
            List<String> all = clients().values(READ_UNCOMMITTED, partition);
            return !all.contains("old") && !all.contains("aborted");
          });
      assertThat(fold(Map.of(), clients().read(READ_COMMITTED, partition)))
          .containsEntry("k", "committed");
    }
  }

  /** A replica that begins while the topic is compacted under it: the rule of class SpeedTopic. */
  @Test
  default void shouldEndASlowReaderWithTheSameMapAtTheSecondEnd() throws Exception {
    // A tombstone that goes before a slow reader comes by leaves it with what it should forget.
    TopicPartition partition = clients().partition(compact(Duration.ofMinutes(10)));
    try (KafkaProducer<String, String> producer = clients().producer();
        KafkaConsumer<String, String> reader =
            clients()
                .consumer(
                    READ_COMMITTED, Map.of("max.partition.fetch.bytes", 1, "fetch.max.bytes", 1))) {
      Minutes minutes = new Minutes(producer, partition);
      for (int key = 0; key < KEYS; key++) {
        minutes.send("k" + key, "first");
      }
      reader.assign(List.of(partition));
      reader.seekToBeginning(List.of(partition));
      long firstEnd = clients().end(READ_COMMITTED, partition);
      List<ConsumerRecord<String, String>> read = readTo(reader, partition, 3);
      assertThat(reader.position(partition)).as("it is slow").isLessThan(firstEnd);

      for (int key = 0; key < KEYS; key++) {
        minutes.send("k" + key, key % 4 == 0 ? null : "second");
      }
      Eventually.await(
          "records in front of the reader to go",
          PATIENCE,
          () -> {
            minutes.next();
            return !clients().values(READ_COMMITTED, partition).contains("first");
          });
      long secondEnd = clients().end(READ_COMMITTED, partition);
      read = new ArrayList<>(read);
      read.addAll(readTo(reader, partition, firstEnd));
      read.addAll(readTo(reader, partition, secondEnd));
      Map<String, String> map = fold(Map.of(), read);
      assertThat(map).isEqualTo(fold(Map.of(), clients().read(READ_COMMITTED, partition)));
      assertThat(map).hasSize(KEYS - 3 + 1).containsEntry("k1", "second");
    }
  }

  /** A segment is full, and compacted, when a record's timestamp is a minute past its first. */
  private static Map<String, String> compact(Duration tombstones) {
    return Map.of(
        "cleanup.policy", "compact",
        "segment.ms", "60000",
        "min.cleanable.dirty.ratio", "0.001",
        "delete.retention.ms", Long.toString(tombstones.toMillis()),
        "message.timestamp.after.max.ms", Long.toString(Duration.ofDays(2).toMillis()));
  }

  private static boolean compacted(List<ConsumerRecord<String, String>> records) {
    Set<String> seen = new HashSet<>();
    return records.stream()
        .filter(record -> !record.key().equals(FILLER))
        .allMatch(record -> record.value() != null && seen.add(record.key()));
  }

  private static Map<String, Long> withoutFiller(List<ConsumerRecord<String, String>> records) {
    Map<String, Long> offsets = new HashMap<>();
    records.forEach(record -> offsets.put(record.key(), record.offset()));
    offsets.remove(FILLER);
    return offsets;
  }

  /**
   * Writes on a clock of its own, which goes as fast as it is told; it starts now, since the
   * markers of transactions have the broker's own time.
   */
  final class Minutes {
    private final KafkaProducer<String, String> producer;
    private final TopicPartition partition;
    private long now = System.currentTimeMillis();
    private long sent;

    Minutes(KafkaProducer<String, String> producer, TopicPartition partition) {
      this.producer = producer;
      this.partition = partition;
    }

    long send(String key, String value) throws Exception {
      sent++;
      return BrokerClients.send(producer, partition, now, key, value);
    }

    /** Two minutes later: what was sent before is in a segment that is full. */
    void next() throws Exception {
      now += Duration.ofMinutes(2).toMillis();
      send(FILLER, "");
    }

    long sent() {
      return sent;
    }
  }
}
