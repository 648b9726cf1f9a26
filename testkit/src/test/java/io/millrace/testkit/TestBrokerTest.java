package io.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  void shouldKeepRecordsAndAddressOverStopAndKill() {
    try (TestBroker broker = TestBroker.start(dir)) {
      String address = broker.bootstrapServers();
      broker.createTopic("t", 3, Map.of("cleanup.policy", "compact"));
      send(broker, "one");
      broker.restart();
      send(broker, "two");
      assertThat(read(broker, 2)).containsExactly("one", "two");
      broker.kill();
      broker.restart();
      assertThat(broker.bootstrapServers()).isEqualTo(address);
      assertThat(read(broker, 2)).containsExactly("one", "two");
    }
  }

  private static void send(TestBroker broker, String value) {
    Map<String, Object> properties = broker.clientProperties();
    properties.put("transactional.id", "test");
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("t", 1, "k" + value, value));
      producer.commitTransaction();
    }
  }

  private static List<String> read(TestBroker broker, int count) {
    Map<String, Object> properties = broker.clientProperties();
    properties.put("isolation.level", "read_committed");
    properties.put("auto.offset.reset", "earliest");
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(new TopicPartition("t", 1)));
      List<String> values = new ArrayList<>();
      Eventually.await(
          count + " records",
          Duration.ofSeconds(20),
          () -> {
            consumer.poll(Duration.ofMillis(100)).forEach(r -> values.add(r.value()));
            return values.size() >= count;
          });
      return values;
    }
  }
}
