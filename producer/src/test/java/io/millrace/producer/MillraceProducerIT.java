package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.SourcePosition;
import io.millrace.control.model.ValueFormat;
import io.millrace.schemas.WireFormat;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.TestBroker;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A producer on a real broker, of sources in a real control topic. */
final class MillraceProducerIT {
  private static final Schema SCHEMA =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Order", "fields": [
                {"name": "country", "type": "string"},
                {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
                {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
              ]}
              """);

  @TempDir private static Path dir;
  private static TestBroker broker;

  @BeforeAll
  static void startBroker() {
    broker = TestBroker.start(dir.resolve("broker"));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void shouldSayThePositionOfWhatTheBrokerHasTaken() throws Exception {
    String id = apply("turns", "turns", 3);
    try (MillraceProducer producer = MillraceProducer.connect(settings(), "turns")) {
      assertThat(producer.position()).hasToString("turns@" + id + ":");
      List<CompletableFuture<SourcePosition>> sent = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        sent.add(producer.send(order(i)).toCompletableFuture());
      }
      producer.flush();
      assertThat(sent.get(4).get()).hasToString("turns@" + id + ":1=2");
      assertThat(producer.position()).hasToString("turns@" + id + ":0=2,1=2,2=2");
      assertThatThrownBy(() -> producer.send(Map.of("country", 5)))
          .hasMessage(
              "cannot send a record to turns: field country: found Integer '5', expected a"
                  + " string");
      CompletableFuture<SourcePosition> large =
          producer
              .send(
                  Map.of(
                      "country",
                      "x".repeat(2 << 20),
                      "amount",
                      BigDecimal.ONE,
                      "ordered_at",
                      Instant.EPOCH))
              .toCompletableFuture();
      assertThatThrownBy(large::join)
          .hasCauseInstanceOf(MillraceException.class)
          .hasMessageContaining("cannot produce to turns: the broker refused a record");
      assertThat(producer.position()).hasToString("turns@" + id + ":0=2,1=2,2=2");
    }
    List<ConsumerRecord<byte[], byte[]>> records = records("turns");
    assertThat(records).hasSize(6);
    byte[] value = records.get(0).value();
    assertThat(WireFormat.isSingleObject(value)).isTrue();
    assertThat(WireFormat.singleObjectFingerprint(value)).isEqualTo(WireFormat.fingerprint(SCHEMA));
    assertThat(records)
        .extracting(record -> record.partition() + " " + read(record.value()).get("country"))
        .containsExactlyInAnyOrder("0 C0", "1 C1", "2 C2", "0 C3", "1 C4", "2 C5");
  }

  @Test
  void shouldKeepTheRecordsOfAKeyTogetherAndInOrder() throws Exception {
    apply("keyed", "keyed", 4);
    try (MillraceProducer producer = MillraceProducer.connect(settings(), "keyed")) {
      for (int i = 0; i < 40; i++) {
        producer.send(order(i), "k" + i % 5);
      }
    }
    List<ConsumerRecord<byte[], byte[]>> records = records("keyed");
    assertThat(records).hasSize(40);
    for (int k = 0; k < 5; k++) {
      String key = "k" + k;
      int rest = k;
      List<ConsumerRecord<byte[], byte[]>> own =
          records.stream().filter(r -> new String(r.key()).equals(key)).toList();
      assertThat(own).extracting(ConsumerRecord::partition).containsOnly(own.get(0).partition());
      assertThat(own)
          .extracting(r -> read(r.value()).get("country").toString())
          .containsExactlyElementsOf(
              List.of(0, 1, 2, 3, 4, 5, 6, 7).stream().map(i -> "C" + (i * 5 + rest)).toList());
    }
  }

  @Test
  void shouldRunTheGuidesExample() throws Exception {
    String id = apply("orders", "shop.orders", 1);
    assertThat(GuideExample.order(settings())).isEqualTo("orders@" + id + ":0=1");
    assertThat(read(records("shop.orders").get(0).value()).get("country")).hasToString("DE");

    String example =
        Files.readString(Path.of("src/test/java/io/millrace/producer/GuideExample.java"))
            .replaceAll("(?s).*// begin\n|    // end.*", "")
            .replaceAll("(?m)^    ", "");
    assertThat(Files.readString(Path.of("../docs/guide/producing.md")))
        .contains("```java\n" + example + "```");
  }

  @Test
  void shouldSayWhatItCannotConnectTo() throws Exception {
    apply("known", "known", 1);
    assertThatThrownBy(() -> MillraceProducer.connect(settings(), "knwon"))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST))
        .hasMessageContaining("cannot find source 'knwon': found only [")
        .hasMessageContaining("known");
    Map<String, String> elsewhere = new HashMap<>(settings());
    elsewhere.put("namespace", "elsewhere");
    assertThatThrownBy(() -> MillraceProducer.connect(elsewhere, "known"))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_MISSING))
        .hasMessageContaining("found no topic elsewhere-control at ");
    try (Admin admin = broker.admin()) {
      assertThat(admin.listTopics().names().get())
          .noneMatch(topic -> topic.startsWith("elsewhere"));
    }
    Map<String, String> wrong = new HashMap<>(settings());
    wrong.put("kafka.properties.delivery.timeout.ms", "1");
    assertThatThrownBy(() -> MillraceProducer.connect(wrong, "known"))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
        .hasMessageContaining("delivery.timeout.ms should be equal to or larger than");
    apply("again", "again", 1);
    try (Admin admin = Admin.create(broker.clientProperties())) {
      admin.deleteTopics(List.of("again")).all().get();
    }
    assertThatThrownBy(() -> MillraceProducer.connect(settings(), "again"))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_MISSING));
    create("again", 1);
    assertThatThrownBy(() -> MillraceProducer.connect(settings(), "again"))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_CHANGED))
        .hasMessageContaining("cannot produce to source again: found topic again with id ");
  }

  @Test
  void shouldClaimNoPositionInATopicThatWasMadeAgain() throws Exception {
    apply("moved", "moved", 1);
    try (MillraceProducer producer = MillraceProducer.connect(settings(), "moved")) {
      producer.send(order(1)).toCompletableFuture().get();
      try (Admin admin = broker.admin()) {
        admin.deleteTopics(List.of("moved")).all().get();
      }
      create("moved", 1);
      CompletableFuture<SourcePosition> sent = producer.send(order(2)).toCompletableFuture();
      producer.flush();
      assertThatThrownBy(sent::get).hasCauseInstanceOf(MillraceException.class);
      assertThatThrownBy(producer::position)
          .isInstanceOfSatisfying(
              MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_CHANGED))
          .hasMessageContaining("cannot say the position of what was written to source moved");
    }
  }

  @Test
  void shouldSayThePositionOnPartitionsThatWereAdded() throws Exception {
    String id = apply("grown", "grown", 1);
    Map<String, String> settings = new HashMap<>(settings());
    settings.put("kafka.properties.metadata.max.age.ms", "200");
    try (MillraceProducer producer = MillraceProducer.connect(settings, "grown")) {
      producer.send(order(0), "k").toCompletableFuture().get(20, TimeUnit.SECONDS);
      try (Admin admin = broker.admin()) {
        admin.createPartitions(Map.of("grown", NewPartitions.increaseTo(8))).all().get();
      }
      Map<Integer, Long> taken = new TreeMap<>();
      Eventually.await(
          "a record on a partition that was added",
          Duration.ofSeconds(30),
          () -> {
            for (int i = 0; i < 20; i++) {
              producer
                  .send(order(i), "k" + i)
                  .toCompletableFuture()
                  .orTimeout(20, TimeUnit.SECONDS)
                  .join()
                  .position()
                  .offsets()
                  .forEach((partition, offset) -> taken.merge(partition, offset, Math::max));
            }
            return taken.size() > 1;
          });
      taken.merge(0, 1L, Math::max);
      assertThat(producer.position())
          .isEqualTo(new SourcePosition("grown", Optional.of(id), Position.of(taken)));
    }
  }

  @Test
  void shouldAnswerForEveryRecordThatIsTakenWhileItCloses() throws Exception {
    apply("closing", "closing", 2);
    List<CompletableFuture<SourcePosition>> sent = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      try (MillraceProducer producer = MillraceProducer.connect(settings(), "closing")) {
        for (int i = 0; i < 500; i++) {
          sent.add(producer.send(order(i)).toCompletableFuture());
        }
      }
    }
    for (CompletableFuture<SourcePosition> each : sent) {
      assertThat(each.get(20, TimeUnit.SECONDS).position().offsets()).hasSize(1);
    }
    assertThat(records("closing")).hasSize(sent.size());
  }

  @Test
  void shouldNotStandStillWhereWhoIsToldWaits() throws Exception {
    apply("told", "told", 1);
    try (MillraceProducer producer = MillraceProducer.connect(settings(), "told")) {
      CompletableFuture<SourcePosition> second =
          producer
              .send(order(1))
              .toCompletableFuture()
              .thenApply(
                  first -> {
                    producer.send(order(2)).toCompletableFuture().join();
                    return producer.position();
                  });
      assertThat(second.get(8, TimeUnit.SECONDS).position()).hasToString("0:2");
    }
  }

  private static Map<String, Object> order(int i) {
    return Map.of("country", "C" + i, "amount", new BigDecimal("9.5"), "ordered_at", Instant.EPOCH);
  }

  private static Map<String, String> settings() {
    return Map.of(
        "kafka.bootstrap.servers",
        broker.bootstrapServers(),
        "data.dir",
        dir.resolve("data").toString());
  }

  /** Makes a topic and its source; returns the topic's id. */
  private static String apply(String name, String topic, int partitions) throws Exception {
    String id = create(topic, partitions);
    MillraceConfig config = MillraceConfig.load(Optional.empty(), Map.of(), settings());
    try (ControlLog control = ControlLog.open(config)) {
      control.publish(
          new SourceDefinition(
                  name,
                  "00000000000000aa",
                  topic,
                  ValueFormat.SINGLE_OBJECT,
                  SCHEMA.toString(),
                  List.of(SCHEMA.toString()),
                  Optional.empty(),
                  Map.of())
              .withTopicId(id));
    }
    return id;
  }

  private static String create(String topic, int partitions) throws Exception {
    try (Admin admin = Admin.create(broker.clientProperties())) {
      return admin
          .createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
          .topicId(topic)
          .get()
          .toString();
    }
  }

  private static GenericRecord read(byte[] value) {
    try {
      return new GenericDatumReader<GenericRecord>(SCHEMA)
          .read(
              null,
              DecoderFactory.get()
                  .binaryDecoder(
                      value,
                      WireFormat.SINGLE_OBJECT_HEADER,
                      value.length - WireFormat.SINGLE_OBJECT_HEADER,
                      null));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> records(String topic) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            broker.clientProperties(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }
}
