package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.SourcePosition;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.local.LocalSystem;
import io.millrace.producer.AvroWriter;
import io.millrace.producer.MillraceProducer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.apache.avro.generic.GenericData;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes clicks to a whole system in every way there is, and asks at once for an answer that has
 * them.
 */
final class ReadYourWrites {
  private static final String SUM = "SELECT MEASURE(clicks) AS clicks FROM clicked";
  private static final Map<String, String> PATIENT = Map.of("timeout", "30s");

  private final MillraceConfig config;
  private final SourceDefinition source;
  private final ServingClient serving;

  ReadYourWrites(LocalSystem system) {
    this.config = system.config();
    this.source = system.control().state().sources().get("clicks");
    this.serving = new ServingClient(config);
  }

  /**
   * @param clicks there are already
   * @param command runs one, and returns its exit code
   * @param file of two good clicks
   * @return how many there are then
   */
  long from(long clicks, ToIntFunction<String[]> command, String... file) throws Exception {
    long count = clicks;
    String sent = printed(command, file);
    assertThat(sent).startsWith("clicks@" + source.topicId().orElseThrow() + ":");
    count += 2;
    assertThat(sum(sent.strip())).isEqualTo(count);
    assertThat(
            command.applyAsInt(
                new String[] {"sql", SUM, "--at-least", sent.strip(), "--timeout", "10s"}))
        .isZero();
    assertThat(
            command.applyAsInt(
                new String[] {"query", "clicked", "--at-least", sent.strip(), "--timeout", "10s"}))
        .isZero();

    try (MillraceProducer producer = MillraceProducer.connect(config, "clicks")) {
      for (int i = 0; i < 50; i++) {
        SourcePosition behind =
            producer.send(click("C" + i % 7), "k" + i).toCompletableFuture().get();
        count++;
        assertThat(sum(behind.toString())).isEqualTo(count);
      }
    }
    return inTransactions(count);
  }

  /** Behind the record lies a marker, which no view sees, and nothing comes after it. */
  private long inTransactions(long clicks) throws Exception {
    long count = clicks;
    Map<String, Object> properties = new HashMap<>(config.clientProperties());
    properties.put("transactional.id", "read-your-writes");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      RecordMetadata last = null;
      for (int i = 0; i < 3; i++) {
        producer.beginTransaction();
        last = producer.send(record(click("T"))).get();
        producer.commitTransaction();
        count++;
        assertThat(sum(behind(last))).isEqualTo(count);
      }
      producer.beginTransaction();
      RecordMetadata broken =
          producer.send(new ProducerRecord<>(source.topic(), 0, null, new byte[3])).get();
      producer.commitTransaction();
      assertThat(sum(behind(broken))).as("a record that is rejected is passed").isEqualTo(count);

      producer.beginTransaction();
      RecordMetadata aborted = producer.send(record(click("T"))).get();
      producer.flush();
      producer.abortTransaction();
      assertThatThrownBy(() -> ask(Map.of("at_least", behind(aborted), "timeout", "300ms")))
          .isInstanceOfSatisfying(
              MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_REACHED))
          .hasMessageContaining("found view clicked at clicks@");
    }
    refuseWhatIsNowhere();
    return count;
  }

  private void refuseWhatIsNowhere() {
    for (String nowhere : new String[] {"clicks:0=1000000000", "clicks:99=1"}) {
      assertThatThrownBy(() -> ask(Map.of("at_least", nowhere, "timeout", "30s")))
          .isInstanceOfSatisfying(
              MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST))
          .hasMessageContaining("cannot wait for a position that no answer reaches: found ");
    }
  }

  private String behind(RecordMetadata where) {
    return "clicks:" + where.partition() + "=" + (where.offset() + 1);
  }

  private ProducerRecord<byte[], byte[]> record(Map<String, Object> click) {
    GenericData.Record record = new GenericData.Record(AvroWriter.schema(source));
    record.put("session", click.get("session"));
    record.put("item", click.get("item"));
    record.put("at", ((Instant) click.get("at")).toEpochMilli());
    return new ProducerRecord<>(source.topic(), 0, null, AvroWriter.of(source).write(record));
  }

  private static Map<String, Object> click(String item) {
    return Map.of("session", 1L, "item", item, "at", Instant.now());
  }

  private long sum(String position) {
    Map<String, String> words = new HashMap<>(PATIENT);
    words.put("at_least", position);
    return ask(words);
  }

  private long ask(Map<String, String> words) {
    return serving.sql(SUM, Map.of(), 10, words).rows().get(0).get(0).asLong();
  }

  private static String printed(ToIntFunction<String[]> command, String... arguments) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream usual = System.out;
    System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      assertThat(command.applyAsInt(arguments)).isZero();
    } finally {
      System.setOut(usual);
    }
    return said.toString(StandardCharsets.UTF_8);
  }
}
