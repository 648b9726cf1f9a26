package io.millrace.system.contract;

import static io.millrace.system.contract.BrokerClients.PATIENCE;
import static io.millrace.system.contract.BrokerClients.send;
import static org.apache.kafka.common.IsolationLevel.READ_COMMITTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.testkit.Eventually;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;

/** Topics, which layers make, grow, look for and delete. */
interface TopicLaws extends Law {
  @Test
  default void shouldAddPartitionsWithoutMovingARecord() throws Exception {
    String topic = clients().topic(2, Map.of());
    try (KafkaProducer<String, String> producer = clients().producer()) {
      for (int partition = 0; partition < 2; partition++) {
        send(producer, new TopicPartition(topic, partition), "k", "old " + partition);
      }
      grow(topic, 4);
      Eventually.await("four partitions", PATIENCE, () -> partitions(topic) == 4);
      for (int partition = 0; partition < 4; partition++) {
        TopicPartition each = new TopicPartition(topic, partition);
        Eventually.await(each + " to be served", PATIENCE, () -> clients().beginning(each) == 0);
        assertThat(send(producer, each, "k", "new")).isEqualTo(partition < 2 ? 1 : 0);
      }
    }
    assertThat(clients().values(READ_COMMITTED, new TopicPartition(topic, 1)))
        .containsExactly("old 1", "new");
    // Two instances may grow or make a topic at once: the second is told that it was done.
    for (int wanted : List.of(4, 3)) {
      assertThatThrownBy(() -> grow(topic, wanted))
          .hasCauseInstanceOf(InvalidPartitionsException.class);
    }
    assertThatThrownBy(
            () ->
                clients()
                    .admin()
                    .createTopics(List.of(new NewTopic(topic, Optional.of(9), Optional.empty())))
                    .all()
                    .get())
        .hasCauseInstanceOf(TopicExistsException.class);
    assertThat(partitions(topic)).isEqualTo(4);
  }

  /** The speed layer deletes and makes topics, and readers tell one from the other by its id. */
  @Test
  default void shouldGiveATopicThatIsMadeAgainAnotherId() throws Exception {
    String topic = clients().topic(1, Map.of());
    Uuid id = describe(topic).topicId();
    clients().admin().deleteTopics(List.of(topic)).all().get();
    Eventually.await("the topic to be gone", PATIENCE, () -> !exists(topic));
    clients()
        .admin()
        .createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty())))
        .all()
        .get();
    Eventually.await("the topic to be back", PATIENCE, () -> exists(topic));
    assertThat(describe(topic).topicId()).isNotEqualTo(id).isNotEqualTo(Uuid.ZERO_UUID);
  }

  /** Whatever the broker's {@code auto.create.topics.enable}, which is on in the public image. */
  @Test
  default void shouldNotMakeATopicThatALayerOnlyLooksFor() throws Exception {
    String missing = "contract-missing";
    assertThat(exists(missing)).isFalse();
    try (KafkaConsumer<String, String> consumer = clients().consumer(READ_COMMITTED, Map.of())) {
      assertThat(consumer.partitionsFor(missing)).isNullOrEmpty();
    }
    assertThat(exists(missing)).isFalse();
    assertThat(clients().admin().listTopics().names().get()).doesNotContain(missing);
  }

  private void grow(String topic, int partitions) throws Exception {
    clients()
        .admin()
        .createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions)))
        .all()
        .get();
  }

  private int partitions(String topic) throws Exception {
    return describe(topic).partitions().size();
  }

  private TopicDescription describe(String topic) throws Exception {
    return clients().admin().describeTopics(List.of(topic)).topicNameValues().get(topic).get();
  }

  private boolean exists(String topic) throws Exception {
    try {
      return describe(topic) != null;
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw e;
    }
  }
}
