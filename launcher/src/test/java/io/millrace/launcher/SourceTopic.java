package io.millrace.launcher;

import io.millrace.testkit.TestBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A source on a broker, applied by the command, and what is in its topic.
 *
 * @param name of source and topic
 */
record SourceTopic(TestBroker broker, Path dir, String name, Schema schema) {
  /** Bytes before a value in the single-object encoding. */
  private static final int HEADER = 10;

  /**
   * @param dir for the folder and the data directory
   * @param fields of the schema, as JSON
   */
  static SourceTopic apply(TestBroker broker, Path dir, String name, int partitions, String fields)
      throws IOException {
    Path folder = Files.createDirectories(dir.resolve("app-" + name));
    String schema =
        "{\"type\": \"record\", \"name\": \"Row\", \"namespace\": \"cases\", \"fields\": ["
            + fields
            + "]}";
    Files.writeString(folder.resolve("row.avsc"), schema);
    Files.writeString(
        folder.resolve("app.sql"),
        "CREATE TABLE "
            + name
            + " USING kafka OPTIONS (topic '"
            + name
            + "', schema 'row.avsc', partitions '"
            + partitions
            + "');");
    SourceTopic source = new SourceTopic(broker, dir, name, new Schema.Parser().parse(schema));
    Commands.Ended applied = Commands.run(source.with("apply", folder.toString()));
    if (applied.code() != 0) {
      throw new AssertionError(applied.text());
    }
    return source;
  }

  /** Arguments of a command, and those that say where the broker is. */
  String[] with(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(
        List.of(
            "--set",
            "data.dir=" + dir.resolve("data"),
            "--set",
            "kafka.bootstrap.servers=" + broker.bootstrapServers()));
    return all.toArray(String[]::new);
  }

  Commands.Ended produce(Path file, String... more) {
    List<String> all = new ArrayList<>(List.of("produce", name, file.toString()));
    all.addAll(List.of(more));
    return Commands.run(with(all.toArray(String[]::new)));
  }

  /** Every record of the topic, partition by partition; decimals as such. */
  List<GenericRecord> records() {
    GenericData model = new GenericData();
    model.addLogicalTypeConversion(new Conversions.DecimalConversion());
    GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(schema, schema, model);
    List<GenericRecord> records = new ArrayList<>();
    Map<String, Object> properties = broker.clientProperties();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(name).stream()
              .map(info -> new TopicPartition(name, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          byte[] value = record.value();
          records.add(
              reader.read(
                  null,
                  DecoderFactory.get().binaryDecoder(value, HEADER, value.length - HEADER, null)));
        }
      }
      return records;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The texts of a field, in order of their texts. */
  List<String> values(String field) {
    return records().stream().map(record -> String.valueOf(record.get(field))).sorted().toList();
  }
}
