package io.millrace.system.contract;

import static io.millrace.system.contract.BrokerClients.PATIENCE;
import static io.millrace.system.contract.BrokerClients.send;
import static org.apache.kafka.common.IsolationLevel.READ_COMMITTED;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** A broker that goes away for a moment, and comes back with what it had. */
interface RestartLaws extends Law {
  @Test
  default void shouldKeepEachRecordOnceAndInOrderThoughTheBrokerRestarts() throws Exception {
    TopicPartition partition = clients().partition();
    TopicPartition committed = clients().partition();
    try (KafkaProducer<String, String> producer = clients().producer();
        KafkaProducer<String, String> open = clients().begun(partition.topic())) {
      send(open, committed, "k", "before");
      AtomicBoolean back = new AtomicBoolean();
      CompletableFuture<List<Future<RecordMetadata>>> sending =
          CompletableFuture.supplyAsync(() -> sendUntil(back, producer, partition));
      try {
        broker().restart();
      } finally {
        back.set(true);
      }
      List<Future<RecordMetadata>> sent = sending.get(60, TimeUnit.SECONDS);
      producer.flush();
      for (Future<RecordMetadata> each : sent) {
        assertThat(each.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).hasOffset()).isTrue();
      }
      assertThat(clients().values(READ_COMMITTED, partition))
          .isEqualTo(IntStream.range(0, sent.size()).mapToObj(Integer::toString).toList());

      // A transaction that was open goes on too.
      assertThat(clients().values(READ_COMMITTED, committed)).isEmpty();
      send(open, committed, "k", "after");
      open.commitTransaction();
      clients().awaitCommitted(committed, "before", "after");
    }
  }

  private static List<Future<RecordMetadata>> sendUntil(
      AtomicBoolean back, KafkaProducer<String, String> producer, TopicPartition partition) {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    while (!back.get() || sent.size() < 100) {
      String value = Integer.toString(sent.size());
      sent.add(
          producer.send(new ProducerRecord<>(partition.topic(), partition.partition(), "", value)));
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
    return sent;
  }
}
