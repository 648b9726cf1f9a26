package io.millrace.system.contract;

import static io.millrace.system.contract.BrokerClients.PATIENCE;
import static io.millrace.system.contract.BrokerClients.readTo;
import static io.millrace.system.contract.BrokerClients.send;
import static org.apache.kafka.common.IsolationLevel.READ_COMMITTED;
import static org.apache.kafka.common.IsolationLevel.READ_UNCOMMITTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.testkit.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/**
 * Transactions: a flush of the speed layer, its state and its input offsets are one, and readers
 * see all of it or nothing.
 */
interface TransactionLaws extends Law {
  @Test
  default void shouldShowCommittedRecordsAndNeverAbortedOnes() throws Exception {
    TopicPartition partition = clients().partition();
    try (KafkaProducer<String, String> producer = clients().begun(partition.topic())) {
      send(producer, partition, "k", "committed");
      producer.commitTransaction();
      producer.beginTransaction();
      send(producer, partition, "k", "aborted");
      producer.abortTransaction();
      producer.beginTransaction();
      send(producer, partition, "k", "committed too");
      producer.commitTransaction();
    }
    clients().awaitCommitted(partition, "committed", "committed too");
    assertThat(clients().values(READ_UNCOMMITTED, partition))
        .as("without isolation the aborted record is there: the law has something to forbid")
        .containsExactly("committed", "aborted", "committed too");
  }

  @Test
  default void shouldCommitPartitionsAndInputOffsetsTogetherOrNotAtAll() throws Exception {
    String topic = clients().topic(2, Map.of());
    TopicPartition first = new TopicPartition(topic, 0);
    TopicPartition second = new TopicPartition(topic, 1);
    TopicPartition input = clients().partition();
    try (KafkaProducer<String, String> producer = clients().begun(topic);
        KafkaConsumer<String, String> consumer =
            clients().consumer(READ_COMMITTED, Map.of("group.id", "group-of-" + topic))) {
      ConsumerGroupMetadata group = consumer.groupMetadata();
      send(producer, first, "k", "aborted");
      send(producer, second, "k", "aborted");
      producer.sendOffsetsToTransaction(Map.of(input, new OffsetAndMetadata(7)), group);
      producer.abortTransaction();
      assertThat(committed(group, input)).isNull();
      assertThat(clients().values(READ_COMMITTED, first)).isEmpty();
      assertThat(clients().values(READ_COMMITTED, second)).isEmpty();

      producer.beginTransaction();
      send(producer, first, "k", "one");
      send(producer, second, "k", "two");
      producer.sendOffsetsToTransaction(Map.of(input, new OffsetAndMetadata(11)), group);
      assertThat(committed(group, input)).as("pending offsets").isNull();
      producer.commitTransaction();
      clients().awaitCommitted(first, "one");
      clients().awaitCommitted(second, "two");
      Eventually.await(
          "the offsets of the transaction",
          PATIENCE,
          () -> {
            OffsetAndMetadata found = committed(group, input);
            return found != null && found.offset() == 11;
          });
    }
  }

  /** The archive takes what is below the last stable offset, and calls it the end. */
  @Test
  default void shouldHoldTheStableEndAtTheFirstRecordOfAnOpenTransaction() throws Exception {
    TopicPartition partition = clients().partition();
    try (KafkaProducer<String, String> plain = clients().producer();
        KafkaProducer<String, String> open = clients().begun(partition.topic());
        KafkaConsumer<String, String> reader = clients().consumer(READ_COMMITTED, Map.of())) {
      send(plain, partition, "k", "before");
      long first = send(open, partition, "k", "open");
      long last = send(plain, partition, "k", "after");
      assertThat(clients().end(READ_COMMITTED, partition)).isEqualTo(first);
      assertThat(clients().end(READ_UNCOMMITTED, partition)).isEqualTo(last + 1);
      reader.assign(List.of(partition));
      assertThat(reader.endOffsets(List.of(partition))).containsEntry(partition, first);
      assertThat(clients().values(READ_COMMITTED, partition)).containsExactly("before");
      assertThat(clients().values(READ_UNCOMMITTED, partition))
          .containsExactly("before", "open", "after");

      open.commitTransaction();
      // What waited comes in its place.
      clients().awaitCommitted(partition, "before", "open", "after");
    }
  }

  @Test
  default void shouldLetGoOfATransactionThatNobodyEnds() throws Exception {
    TopicPartition partition = clients().partition();
    try (KafkaProducer<String, String> plain = clients().producer();
        KafkaProducer<String, String> forgotten =
            clients().transactional(partition.topic(), Duration.ofSeconds(1))) {
      forgotten.initTransactions();
      forgotten.beginTransaction();
      long first = send(forgotten, partition, "k", "forgotten");
      send(plain, partition, "k", "after");
      assertThat(clients().end(READ_COMMITTED, partition)).isEqualTo(first);
      Eventually.await(
          "the stable end to move on",
          PATIENCE,
          () -> clients().end(READ_COMMITTED, partition) > first);
      assertThat(clients().values(READ_COMMITTED, partition)).containsExactly("after");
      assertThatThrownBy(forgotten::commitTransaction).isInstanceOf(KafkaException.class);
    }
    assertThat(clients().values(READ_COMMITTED, partition)).containsExactly("after");
  }

  /** Positions are compared with ends, so a reader must come to an end that holds no record. */
  @Test
  default void shouldLeadReadersPastMarkersAndAbortedRecordsToTheEnd() throws Exception {
    TopicPartition partition = clients().partition();
    long record;
    long next;
    try (KafkaProducer<String, String> producer = clients().begun(partition.topic())) {
      record = send(producer, partition, "k", "one");
      producer.commitTransaction();
      producer.beginTransaction();
      next = send(producer, partition, "k", "two");
      producer.abortTransaction();
    }
    assertThat(next).as("the marker of the first has an offset of its own").isEqualTo(record + 2);
    long end = next + 2;
    Eventually.await(
        "the last marker to count",
        PATIENCE,
        () -> clients().end(READ_COMMITTED, partition) == end);
    try (KafkaConsumer<String, String> reader = clients().consumer(READ_COMMITTED, Map.of())) {
      reader.assign(List.of(partition));
      reader.seek(partition, record + 1);
      assertThat(readTo(reader, partition, end)).isEmpty();
      assertThat(reader.position(partition)).isEqualTo(end);
    }
  }

  private OffsetAndMetadata committed(ConsumerGroupMetadata group, TopicPartition input)
      throws Exception {
    return clients()
        .admin()
        .listConsumerGroupOffsets(group.groupId())
        .partitionsToOffsetAndMetadata()
        .get()
        .get(input);
  }
}
