package io.millrace.system.contract;

import static io.millrace.system.contract.BrokerClients.PATIENCE;
import static io.millrace.system.contract.BrokerClients.send;
import static org.apache.kafka.common.IsolationLevel.READ_COMMITTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.testkit.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.junit.jupiter.api.Test;

/** Zombies: whoever was replaced can write nothing more, however late it wakes up. */
interface FencingLaws extends Law {
  Duration SESSION = Duration.ofSeconds(6);

  @Test
  default void shouldEndTheTransactionOfAReplacedProducerAtOnceAndRefuseItsCommit()
      throws Exception {
    TopicPartition partition = clients().partition();
    try (KafkaProducer<String, String> zombie = clients().begun(partition.topic())) {
      send(zombie, partition, "k", "of the zombie");
      try (KafkaProducer<String, String> successor = clients().begun(partition.topic())) {
        // Long before the zombie's transaction would time out: the successor is not held up.
        send(successor, partition, "k", "of the successor");
        successor.commitTransaction();
        clients().awaitCommitted(partition, "of the successor");
      }
      assertThatThrownBy(zombie::commitTransaction)
          .isInstanceOfAny(ProducerFencedException.class, InvalidProducerEpochException.class);
    }
    assertThat(clients().values(READ_COMMITTED, partition)).containsExactly("of the successor");
  }

  /** A speed layer that is started again goes on with its partitions, without a rebalance. */
  @Test
  default void shouldGiveAStaticMemberItsPartitionsBackAndFenceItsPredecessor() throws Exception {
    String topic = clients().topic(2, Map.of());
    int generation;
    try (KafkaConsumer<String, String> before = member(topic, "one")) {
      awaitAssigned(before, 2);
      generation = before.groupMetadata().generationId();
    }
    try (KafkaConsumer<String, String> back = member(topic, "one")) {
      awaitAssigned(back, 2);
      assertThat(back.groupMetadata().generationId()).isEqualTo(generation);
      try (KafkaConsumer<String, String> twin = member(topic, "one")) {
        awaitAssigned(twin, 2);
        assertThatThrownBy(
                () ->
                    Eventually.await(
                        "the fence",
                        PATIENCE,
                        () -> {
                          try {
                            back.poll(Duration.ofMillis(100));
                          } catch (FencedInstanceIdException e) {
                            throw new AssertionError("fenced", e);
                          }
                          return false;
                        }))
            .hasMessage("fenced");
      }
    }
  }

  /** A speed layer that was paused past its session timeout has nothing left to commit. */
  @Test
  default void shouldHandOnThePartitionsOfASilentMemberAndRefuseItsOffsets() throws Exception {
    String topic = clients().topic(2, Map.of());
    ConsumerGroupMetadata stale;
    TopicPartition lost;
    try (KafkaConsumer<String, String> survivor = member(topic, "survivor")) {
      try (KafkaConsumer<String, String> silent = member(topic, "silent")) {
        Eventually.await(
            "one partition each",
            PATIENCE,
            () -> {
              survivor.poll(Duration.ofMillis(20));
              silent.poll(Duration.ofMillis(20));
              return survivor.assignment().size() == 1 && silent.assignment().size() == 1;
            });
        stale = silent.groupMetadata();
        lost = Set.copyOf(silent.assignment()).iterator().next();
      }
      // A static member does not say that it leaves, so this one now is silent.
      long since = System.nanoTime();
      awaitAssigned(survivor, 2);
      assertThat(Duration.ofNanos(System.nanoTime() - since))
          .as("its session was waited for")
          .isGreaterThan(SESSION.dividedBy(2));
      try (KafkaProducer<String, String> producer = clients().begun(topic)) {
        send(producer, lost, "k", "of the silent member");
        assertThatThrownBy(
                () -> {
                  producer.sendOffsetsToTransaction(Map.of(lost, new OffsetAndMetadata(1)), stale);
                  producer.commitTransaction();
                })
            .isInstanceOfAny(CommitFailedException.class, FencedInstanceIdException.class);
        producer.abortTransaction();
      }
      assertThat(survivor.committed(Set.of(lost)).get(lost)).isNull();
      assertThat(clients().values(READ_COMMITTED, lost)).isEmpty();
    }
  }

  private KafkaConsumer<String, String> member(String topic, String instance) {
    KafkaConsumer<String, String> member =
        clients()
            .consumer(
                READ_COMMITTED,
                Map.of(
                    "group.id",
                    "members-of-" + topic,
                    "group.instance.id",
                    instance,
                    "session.timeout.ms",
                    (int) SESSION.toMillis(),
                    "heartbeat.interval.ms",
                    500));
    member.subscribe(List.of(topic));
    return member;
  }

  private static void awaitAssigned(KafkaConsumer<String, String> member, int partitions) {
    Eventually.await(
        partitions + " partitions",
        PATIENCE,
        () -> {
          member.poll(Duration.ofMillis(50));
          return member.assignment().size() == partitions;
        });
  }
}
