package io.millrace.serving;

import io.millrace.control.model.SpeedKey;
import io.millrace.control.model.SpeedRecords;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes flushes to a speed topic as the speed layer does: each in one transaction. */
public final class SpeedTopicWriter implements AutoCloseable {
  private final String topic;
  private final KafkaProducer<byte[], byte[]> producer;

  public SpeedTopicWriter(String bootstrapServers, String topic) {
    this.topic = topic;
    Map<String, Object> properties = new HashMap<>();
    properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "writer-of-" + topic);
    this.producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
  }

  public static void create(
      String bootstrapServers, String topic, int partitions, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("cleanup.policy", "compact");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      admin
          .createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(all)))
          .all()
          .get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  public void write(List<LiveModel.Flush> flushes) {
    flushes.forEach(this::write);
  }

  public void write(LiveModel.Flush flush) {
    producer.beginTransaction();
    send(flush);
    producer.commitTransaction();
  }

  /** Sends a flush whose transaction then aborts. */
  void abort(LiveModel.Flush flush) {
    producer.beginTransaction();
    send(flush);
    producer.flush();
    producer.abortTransaction();
  }

  private void send(LiveModel.Flush flush) {
    flush
        .changes()
        .forEach(
            change ->
                producer.send(
                    new ProducerRecord<>(
                        topic, flush.partition(), change.key().toBytes(), change.state())));
    producer.send(
        new ProducerRecord<>(
            topic,
            flush.partition(),
            new SpeedKey.Flush().toBytes(),
            SpeedRecords.encode(flush.progress())));
  }

  @Override
  public void close() {
    producer.close();
  }
}
