package io.millrace.system.contract;

import io.millrace.control.kafka.ServedTopics;
import io.millrace.testkit.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Clients of a broker under contract, set up as Millrace's own are. Text stands for bytes. */
final class BrokerClients implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(50);

  private final String bootstrapServers;
  private final Admin admin;
  private final AtomicInteger topics = new AtomicInteger();

  BrokerClients(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
    this.admin = Admin.create(properties(Map.of()));
  }

  Admin admin() {
    return admin;
  }

  /** A new topic whose leaders answer; its name. */
  String topic(int partitions, Map<String, String> configs) throws Exception {
    String name = "contract-" + topics.incrementAndGet();
    admin
        .createTopics(
            List.of(new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(configs)))
        .all()
        .get();
    ServedTopics.await(admin, name, partitions, PATIENCE);
    return name;
  }

  /** One partition of a new topic with the broker's own settings. */
  TopicPartition partition() throws Exception {
    return partition(Map.of());
  }

  TopicPartition partition(Map<String, String> configs) throws Exception {
    return new TopicPartition(topic(1, configs), 0);
  }

  /** Idempotent, acknowledged by all replicas. */
  KafkaProducer<String, String> producer() {
    return new KafkaProducer<>(
        properties(Map.of("acks", "all", "enable.idempotence", true, "linger.ms", 0)),
        new StringSerializer(),
        new StringSerializer());
  }

  /** Transactional, not begun, and not initialised: that is what fences its predecessor. */
  KafkaProducer<String, String> transactional(String id, Duration timeout) {
    return new KafkaProducer<>(
        properties(
            Map.of("transactional.id", id, "transaction.timeout.ms", (int) timeout.toMillis())),
        new StringSerializer(),
        new StringSerializer());
  }

  /** As {@link #transactional}, with a transaction begun. */
  KafkaProducer<String, String> begun(String id) {
    KafkaProducer<String, String> producer = transactional(id, Duration.ofSeconds(50));
    producer.initTransactions();
    producer.beginTransaction();
    return producer;
  }

  KafkaConsumer<String, String> consumer(IsolationLevel isolation, Map<String, Object> more) {
    Map<String, Object> properties =
        properties(
            Map.of(
                "isolation.level",
                isolation.toString(),
                "enable.auto.commit",
                false,
                "auto.offset.reset",
                "earliest",
                "allow.auto.create.topics",
                false));
    properties.putAll(more);
    return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
  }

  /** The record's offset, once it is durable. */
  static long send(
      KafkaProducer<String, String> producer, TopicPartition to, String key, String value)
      throws Exception {
    return send(producer, to, null, key, value);
  }

  static long send(
      KafkaProducer<String, String> producer,
      TopicPartition to,
      Long timestamp,
      String key,
      String value)
      throws Exception {
    return producer
        .send(new ProducerRecord<>(to.topic(), to.partition(), timestamp, key, value))
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .offset();
  }

  /** Every record from the beginning to the end that this isolation level has. */
  List<ConsumerRecord<String, String>> read(IsolationLevel isolation, TopicPartition partition) {
    try (KafkaConsumer<String, String> consumer = consumer(isolation, Map.of())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      return readTo(consumer, partition, consumer.endOffsets(List.of(partition)).get(partition));
    }
  }

  /** Reads on until the consumer's position has come to {@code end}. */
  static List<ConsumerRecord<String, String>> readTo(
      KafkaConsumer<String, String> consumer, TopicPartition partition, long end) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    Eventually.await(
        "the position in " + partition + " to come to " + end,
        PATIENCE,
        () -> {
          if (consumer.position(partition) < end) {
            consumer.poll(POLL).forEach(records::add);
          }
          return consumer.position(partition) >= end;
        });
    return records;
  }

  /**
   * Reads until exactly these values are there: a commit returns before its markers are in the
   * partitions, and only then are the records read.
   */
  void awaitCommitted(TopicPartition partition, String... values) {
    Eventually.await(
        List.of(values) + " to be read from " + partition,
        PATIENCE,
        () -> values(IsolationLevel.READ_COMMITTED, partition).equals(List.of(values)));
  }

  List<String> values(IsolationLevel isolation, TopicPartition partition) {
    return read(isolation, partition).stream().map(ConsumerRecord::value).toList();
  }

  /** Newest value of each key, as a compacted topic is read; null forgets a key. */
  static Map<String, String> fold(
      Map<String, String> onto, List<ConsumerRecord<String, String>> records) {
    Map<String, String> folded = new TreeMap<>(onto);
    for (ConsumerRecord<String, String> record : records) {
      if (record.value() == null) {
        folded.remove(record.key());
      } else {
        folded.put(record.key(), record.value());
      }
    }
    return folded;
  }

  long end(IsolationLevel isolation, TopicPartition partition) throws Exception {
    return offset(OffsetSpec.latest(), isolation, partition);
  }

  long beginning(TopicPartition partition) throws Exception {
    return offset(OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED, partition);
  }

  private long offset(OffsetSpec which, IsolationLevel isolation, TopicPartition partition)
      throws Exception {
    return admin
        .listOffsets(Map.of(partition, which), new ListOffsetsOptions(isolation))
        .partitionResult(partition)
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .offset();
  }

  private Map<String, Object> properties(Map<String, Object> more) {
    Map<String, Object> properties = new HashMap<>(more);
    properties.put("bootstrap.servers", bootstrapServers);
    properties.put("reconnect.backoff.max.ms", 500);
    return properties;
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(5));
  }
}
