package io.millrace.system.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.system.Answer;
import io.millrace.system.Installation;
import io.millrace.system.Sent;
import io.millrace.testkit.Eventually;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** A source in the registry's wire format, with the registry and the broker in containers. */
@NeedsContainers
class RegistryContainerIT {
  private static final String TOPIC = "registry.sales";
  private static final List<String> SHOPS = List.of("north", "south", "west");
  private static final String FIRST =
      "{'type':'record','name':'Sale','fields':[{'name':'shop','type':'string'},"
          + "{'name':'amount','type':'long'}%s]}";
  private static final String CHANNEL =
      ",{'name':'channel','type':['null','string'],'default':null}";
  private static final String NOTE = ",{'name':'note','type':'string','default':''}";

  /** What was sent: shop and channel to number and sum. */
  private final Map<String, Long> counts = new TreeMap<>();

  private final Map<String, Long> amounts = new TreeMap<>();
  private int sent;

  @Test
  void shouldReadWhatTheRegistryExplainsAndWaitWhileItIsAway() throws Exception {
    try (RegistryNode registry = RegistryNode.start();
        KafkaNode broker = KafkaNode.start(Map.of("transaction.state.log.num.partitions", "4"));
        RunningSystem system = RunningSystem.over(broker, "registry", "0 * * * * ?")) {
      Path application = system.installation().directory().resolve("sales");
      writeApplication(application, registry.url(), schema(""), "");
      system.apply(application);
      produce(system, "shop,amount", List.of(""), 300);
      answersAll(system, "sales_by_shop", 0);

      writeApplication(
          application,
          registry.url(),
          schema(CHANNEL),
          "CREATE VIEW sales_by_channel AS SELECT shop, channel, count(*) AS sales,"
              + " sum(amount) AS amount FROM sales GROUP BY shop, channel;");
      system.apply(application);
      produce(system, "shop,amount,channel", List.of("web", "till"), 200);
      answersAll(system, "sales_by_shop", 0);
      answersAll(system, "sales_by_channel", 1);

      // A producer is ahead: no layer has asked for this schema yet when the registry goes away.
      Schema ahead = schema(CHANNEL + NOTE);
      int id = registry.register(TOPIC + "-value", ahead);
      Answer before = system.answer("sales_by_shop");
      registry.stop();
      send(broker, id, ahead, 100);
      saysThatTheRegistryIsAway(system);
      assertThat(system.answer("sales_by_shop").rows())
          .as("what was known is still answered, and nothing is passed over")
          .isEqualTo(before.rows());

      registry.startAgain();
      produce(system, "shop,amount,channel", List.of("web"), 50);
      answersAll(system, "sales_by_shop", 0);
      answersAll(system, "sales_by_channel", 1);
      Map<String, Long> equal = system.verify(List.of("sales_by_shop", "sales_by_channel"));
      assertThat(equal).containsEntry("sales_by_shop", (long) SHOPS.size());
      assertThat(system.end(TOPIC).total()).isEqualTo(sent).isEqualTo(650);
    }
  }

  private static void saysThatTheRegistryIsAway(RunningSystem system) throws Exception {
    Eventually.await(
        "the status to say that a schema cannot be looked up",
        Duration.ofMinutes(2),
        () -> system.run("status").output().contains("cannot look up a schema: found no answer"));
    Path file =
        Files.writeString(
            system.installation().directory().resolve("x.csv"), "shop,amount\nnorth,1\n");
    Installation.Ran refused = system.run("produce", "sales", file.toString());
    assertThat(refused.exit()).as(refused.output()).isNotZero();
    assertThat(refused.output())
        .contains("cannot register the schema at ")
        .contains("start it or correct the source's registry option");
  }

  /** The view, by shop (0) or by shop and channel (1), holds all that was sent. */
  private void answersAll(RunningSystem system, String view, int channels) throws Exception {
    Answer answer = system.awaitEnd(view, TOPIC);
    Map<String, Long> expectedCounts = new TreeMap<>();
    Map<String, Long> expectedAmounts = new TreeMap<>();
    counts.forEach((key, n) -> expectedCounts.merge(part(key, channels), n, Long::sum));
    amounts.forEach((key, n) -> expectedAmounts.merge(part(key, channels), n, Long::sum));
    Map<String, Long> foundCounts = new TreeMap<>();
    Map<String, Long> foundAmounts = new TreeMap<>();
    answer
        .rows()
        .forEach(
            row -> {
              String key = row.get("shop").asText();
              if (channels > 0) {
                key += "/" + (row.get("channel").isNull() ? "" : row.get("channel").asText());
              }
              foundCounts.put(key, row.get("sales").asLong());
              foundAmounts.put(key, row.get("amount").asLong());
            });
    assertThat(foundCounts)
        .as(
            "%s by run %s up to %s, live up to %s; status: %s",
            view,
            answer.runId(),
            answer.boundary(),
            answer.live(),
            foundCounts.equals(expectedCounts) ? "" : system.run("status").output())
        .isEqualTo(expectedCounts);
    assertThat(foundAmounts).isEqualTo(expectedAmounts);
  }

  private static String part(String key, int channels) {
    return channels > 0 ? key : key.substring(0, key.indexOf('/'));
  }

  /** Sends rows as {@code millrace produce} does, which registers the schema. */
  private void produce(RunningSystem system, String header, List<String> channels, int rows)
      throws Exception {
    List<String> lines = new ArrayList<>(List.of(header));
    for (int i = 0; i < rows; i++) {
      String channel = channels.get(i % channels.size());
      long amount = count(channel);
      lines.add(
          SHOPS.get((sent - 1) % SHOPS.size())
              + ","
              + amount
              + (header.endsWith("channel") ? "," + channel : ""));
    }
    Path file =
        Files.write(system.installation().directory().resolve("sales-" + sent + ".csv"), lines);
    Sent.file(system.config(), "sales", file);
  }

  /** Sends records with a schema that is only in the registry. */
  private void send(KafkaNode broker, int id, Schema schema, int records) throws Exception {
    Map<String, Object> properties = Map.of("bootstrap.servers", broker.bootstrapServers());
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < records; i++) {
        GenericData.Record record = new GenericData.Record(schema);
        record.put("amount", count("phone"));
        record.put("shop", SHOPS.get((sent - 1) % SHOPS.size()));
        record.put("channel", "phone");
        record.put("note", "n" + i);
        producer.send(new ProducerRecord<>(TOPIC, i % 2, null, encoded(id, record))).get();
      }
    }
  }

  private static byte[] encoded(int id, GenericData.Record record) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
    new GenericDatumWriter<GenericData.Record>(record.getSchema()).write(record, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  /** Counts the next sale; its amount. */
  private long count(String channel) {
    String key = SHOPS.get(sent % SHOPS.size()) + "/" + channel;
    sent++;
    counts.merge(key, 1L, Long::sum);
    amounts.merge(key, (long) sent, Long::sum);
    return sent;
  }

  private static void writeApplication(
      Path directory, String registryUrl, Schema schema, String moreSql) throws Exception {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("sale.avsc"), schema.toString());
    Files.writeString(
        directory.resolve("sales.sql"),
        """
        CREATE TABLE sales USING kafka OPTIONS (
          topic '%s', schema 'sale.avsc', partitions '2', format 'registry', registry.url '%s');
        CREATE VIEW sales_by_shop AS
        SELECT shop, count(*) AS sales, sum(amount) AS amount FROM sales GROUP BY shop;
        %s
        """
            .formatted(TOPIC, registryUrl, moreSql));
  }

  private static Schema schema(String moreFields) {
    return new Schema.Parser().parse(FIRST.formatted(moreFields).replace('\'', '"'));
  }
}
