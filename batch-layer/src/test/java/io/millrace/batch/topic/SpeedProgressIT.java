package io.millrace.batch.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.batch.Installation;
import io.millrace.batch.Orders;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Progress;
import io.millrace.control.model.SpeedKey;
import io.millrace.control.model.SpeedRecords;
import io.millrace.control.model.ViewDefinition;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.TestBroker;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read of a speed topic's end, whatever stands there. */
class SpeedProgressIT {
  /** Further back than the first look goes, and the second. */
  private static final int MANY = 1_500;

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir static Path dir;
  private static TestBroker broker;
  private static MillraceConfig config;

  private final ViewDefinition view = Orders.view(Orders.source("orders"));

  @BeforeAll
  static void start() {
    broker = TestBroker.start(dir.resolve("broker"));
    config = Installation.config(dir, broker.bootstrapServers());
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void shouldFindTheNewestCommittedFlushOfEachPartition() {
    String topic = config.topics().speed(view);
    assertThat(SpeedProgress.newest(config, view)).isEmpty();
    broker.createTopic(topic, 5, Map.of("cleanup.policy", "compact"));
    assertThat(SpeedProgress.newest(config, view)).isEmpty();
    Map<String, Object> properties = broker.clientProperties();
    properties.put("transactional.id", "speed");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      // 0: long ago; 1: never, but states; 2: nothing at all; 3 and 4: at the end.
      producer.send(flush(topic, 0, 10));
      for (int i = 0; i < MANY; i++) {
        producer.send(state(topic, 0, i));
        producer.send(state(topic, 1, i));
      }
      producer.send(flush(topic, 3, 30));
      producer.send(flush(topic, 4, 40));
      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(flush(topic, 4, 41));
      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(flush(topic, 0, 11));
      producer.send(flush(topic, 4, 42));
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(flush(topic, 3, 31));
      producer.flush();

      Map<Integer, Progress> newest = SpeedProgress.newest(config, view);

      assertThat(newest)
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(0, progress(10), 3, progress(30), 4, progress(41)));
      producer.abortTransaction();
    }
  }

  @Test
  void shouldFollowTheTopicsOfAllViewsWithOneConsumer() throws Exception {
    ViewDefinition second = Orders.view(Orders.source("orders"), "000000000000000b");
    ViewDefinition third = Orders.view(Orders.source("orders"), "000000000000000c");
    String topic = config.topics().speed(second);
    broker.createTopic(topic, 1, Map.of("cleanup.policy", "compact"));
    int before = consumers();
    try (SpeedProgress live = new SpeedProgress(config);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                broker.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      assertThat(live.newest(second)).isEmpty();
      producer.send(flush(topic, 0, 10)).get();
      assertThat(live.newest(second)).isEqualTo(Map.of(0, progress(10)));
      assertThat(live.newest(third)).isEmpty();
      assertThat(live.newest(second)).isEqualTo(Map.of(0, progress(10)));
      for (int i = 0; i < MANY; i++) {
        producer.send(state(topic, 0, i));
      }
      producer.send(flush(topic, 0, 11)).get();
      assertThat(live.newest(second)).isEqualTo(Map.of(0, progress(11)));
      try (Admin admin = broker.admin()) {
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all().get();
      }
      producer.send(flush(topic, 1, 5)).get();
      assertThat(live.newest(second)).isEqualTo(Map.of(0, progress(11), 1, progress(5)));
      assertThat(consumers()).isEqualTo(before + 1);

      try (Admin admin = broker.admin()) {
        admin.deleteTopics(List.of(topic)).all().get();
        Eventually.await("no topic", PATIENCE, () -> live.newest(second).isEmpty());
      }
      broker.createTopic(topic, 1, Map.of("cleanup.policy", "compact"));
      producer.send(flush(topic, 0, 3)).get();
      assertThat(live.newest(second)).isEqualTo(Map.of(0, progress(3)));
    }
    assertThat(consumers()).isEqualTo(before);
  }

  private static int consumers() throws Exception {
    return ManagementFactory.getPlatformMBeanServer()
        .queryNames(new ObjectName("kafka.consumer:type=app-info,id=*"), null)
        .size();
  }

  private static ProducerRecord<byte[], byte[]> flush(String topic, int partition, long position) {
    return new ProducerRecord<>(
        topic, partition, new SpeedKey.Flush().toBytes(), SpeedRecords.encode(progress(position)));
  }

  private static ProducerRecord<byte[], byte[]> state(String topic, int partition, long segment) {
    return new ProducerRecord<>(
        topic, partition, new SpeedKey.State(segment, new byte[] {1}).toBytes(), new byte[] {2});
  }

  private static Progress progress(long position) {
    return new Progress(0, List.of(0L, position), position, 0, 0, 0, -1, "test");
  }
}
