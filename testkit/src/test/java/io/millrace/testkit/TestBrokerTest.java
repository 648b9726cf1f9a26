package io.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestBrokerTest {
  @TempDir static Path dir;

  @Test
  void shouldKeepRecordsAndAddressOverStopAndKill() throws Exception {
    try (TestBroker broker = TestBroker.start(dir)) {
      String address = broker.bootstrapServers();
      broker.createTopic("t", 3, Map.of("cleanup.policy", "compact"));
      send(broker, "one");
      broker.restart();
      send(broker, "two");
      broker.kill();
      broker.restart();
      assertThat(broker.bootstrapServers()).isEqualTo(address);
      assertThat(read(broker)).containsExactly("one", "two");
    }
  }

  private static void send(TestBroker broker, String value) throws Exception {
    Map<String, Object> properties = broker.clientProperties();
    properties.put("transactional.id", "test");
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("t", 1, "k" + value, value)).get(20, TimeUnit.SECONDS);
      producer.commitTransaction();
    }
  }

  private static List<String> read(TestBroker broker) {
    Map<String, Object> properties = broker.clientProperties();
    properties.put("isolation.level", "read_committed");
    properties.put("auto.offset.reset", "earliest");
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
      TopicPartition partition = new TopicPartition("t", 1);
      consumer.assign(List.of(partition));
      List<String> values = new java.util.ArrayList<>();
      Eventually.await(
          "two records",
          Duration.ofSeconds(20),
          () -> {
            consumer.poll(Duration.ofMillis(100)).forEach(r -> values.add(r.value()));
            return values.size() >= 2;
          });
      return values;
    }
  }
}
