package io.millrace.system.contract;

import static io.millrace.system.contract.BrokerClients.PATIENCE;
import static io.millrace.system.contract.BrokerClients.readTo;
import static io.millrace.system.contract.BrokerClients.send;
import static org.apache.kafka.common.IsolationLevel.READ_COMMITTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.testkit.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a topic forgets, and that whoever missed it is told. */
interface RetentionLaws extends Law {
  /** {@code compact,delete} is the status topic's. */
  @ParameterizedTest
  @ValueSource(strings = {"delete", "compact,delete"})
  default void shouldMoveTheBeginningPastRecordsThatAreTooOld(String policy) throws Exception {
    TopicPartition partition =
        clients()
            .partition(
                Map.of(
                    "cleanup.policy", policy,
                    "retention.ms", "600000",
                    "segment.ms", "60000"));
    long now = System.currentTimeMillis();
    long old = now - Duration.ofHours(2).toMillis();
    try (KafkaProducer<String, String> producer = clients().producer()) {
      for (int i = 0; i < 3; i++) {
        send(producer, partition, old, "k" + i, "old");
      }
      send(producer, partition, now, "k3", "new");
      send(producer, partition, now, "k4", "new");
    }
    Eventually.await("the old segment to go", PATIENCE, () -> clients().beginning(partition) == 3);
    assertThat(clients().end(READ_COMMITTED, partition)).isEqualTo(5);
    assertThat(clients().read(READ_COMMITTED, partition))
        .extracting(ConsumerRecord::offset)
        .containsExactly(3L, 4L);
    tellsReadersThatAreBehind(partition, 3);
  }

  @Test
  default void shouldDeleteRecordsBelowAnOffsetAndNoOthers() throws Exception {
    TopicPartition partition = clients().partition();
    try (KafkaProducer<String, String> producer = clients().producer()) {
      for (int i = 0; i < 6; i++) {
        send(producer, partition, "k", "v" + i);
      }
    }
    clients().admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4))).all().get();
    assertThat(clients().beginning(partition)).isEqualTo(4);
    assertThat(clients().end(READ_COMMITTED, partition)).isEqualTo(6);
    assertThat(clients().values(READ_COMMITTED, partition)).containsExactly("v4", "v5");
    tellsReadersThatAreBehind(partition, 4);
  }

  /** The lake's {@code kafka_timestamp} is the producer's, whatever the order. */
  @Test
  default void shouldKeepTheProducersTimestamps() throws Exception {
    TopicPartition partition = clients().partition(Map.of("retention.ms", "-1"));
    long now = System.currentTimeMillis();
    List<Long> timestamps = List.of(now, 12_345L, now - 1, now + 60_000);
    try (KafkaProducer<String, String> producer = clients().producer()) {
      for (long timestamp : timestamps) {
        send(producer, partition, timestamp, "k", "v");
      }
    }
    List<ConsumerRecord<String, String>> read = clients().read(READ_COMMITTED, partition);
    assertThat(read).extracting(ConsumerRecord::timestamp).isEqualTo(timestamps);
    assertThat(read)
        .extracting(ConsumerRecord::timestampType)
        .containsOnly(TimestampType.CREATE_TIME);
  }

  private void tellsReadersThatAreBehind(TopicPartition partition, long beginning) {
    try (KafkaConsumer<String, String> strict =
            clients().consumer(READ_COMMITTED, Map.of("auto.offset.reset", "none"));
        KafkaConsumer<String, String> lenient = clients().consumer(READ_COMMITTED, Map.of())) {
      strict.assign(List.of(partition));
      strict.seek(partition, beginning - 2);
      assertThatThrownBy(() -> pollOn(strict)).isInstanceOf(OffsetOutOfRangeException.class);
      // The lenient reader is led over the gap in silence: why positions are compared first.
      lenient.assign(List.of(partition));
      lenient.seek(partition, beginning - 2);
      assertThat(readTo(lenient, partition, beginning + 1).get(0).offset()).isEqualTo(beginning);
    }
  }

  private static void pollOn(KafkaConsumer<String, String> consumer) {
    for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; ) {
      consumer.poll(Duration.ofMillis(100));
    }
  }
}
