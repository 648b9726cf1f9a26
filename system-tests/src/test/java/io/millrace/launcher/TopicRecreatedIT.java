package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.ServedTopics;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.Topics;
import io.millrace.launcher.client.Application;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.local.LocalSystem;
import io.millrace.testkit.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics that are deleted and made again under the whole system, as `millrace up` starts it. */
final class TopicRecreatedIT {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final int PARTITIONS = 2;
  private static final String SCHEMA =
      """
      {"type": "record", "name": "Line", "fields": [{"name": "word", "type": "string"}]}
      """;

  private static final AtomicInteger TESTS = new AtomicInteger();

  @TempDir private static Path dir;
  private static LocalSystem system;

  private final String view = "words_" + TESTS.incrementAndGet();
  private final String source = view + "_lines";
  private final String topic = "it." + view;

  @BeforeAll
  static void start() {
    system = LocalSystem.start(config(), new Quiet(), true);
  }

  @AfterAll
  static void stop() {
    if (system != null) {
      system.close();
    }
  }

  @Test
  void shouldStayWithTheTopicThatWasAppliedUntilTheNewOneIs() throws Exception {
    Path app = application();
    Application.apply(system.config(), system.control(), app);
    produce("old", 200);
    await(Map.of("old", 200L));
    assertThat(command("recompute", view)).isZero();

    String before = id(topic);
    delete(topic);
    String after = create(topic);
    assertThat(command("produce", source, csv("new", 500).toString())).isOne();
    send("new", 500);

    for (String layer : List.of("speed", "batch", "serving")) {
      Eventually.await(layer + " to say so", PATIENCE, () -> says(layer, before, after));
    }
    assertThat(answer()).isEqualTo(Map.of("old", 200L));
    assertThat(views()).contains("TOPIC_CHANGED").contains(before).contains(after);
    assertThatThrownBy(() -> Application.apply(system.config(), system.control(), app))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_CHANGED))
        .hasMessageContaining("with id " + after)
        .hasMessageContaining("the one with id " + before)
        .hasMessageContaining("--new-topic " + source);

    Application.apply(
        system.config(), system.control(), app, Application.Left.NAMED, Set.of(source));
    await(Map.of("new", 500L));
    for (String layer : List.of("speed", "batch", "serving")) {
      Eventually.await(layer + " to be well", PATIENCE, () -> !says(layer, before, after));
    }
    assertThat(command("recompute", view)).isZero();
    assertThat(command("verify", view)).isZero();
    assertThat(answer()).isEqualTo(Map.of("new", 500L));
  }

  @Test
  void shouldPublishAllAgainToASpeedTopicThatWasMadeAnew() throws Exception {
    Path app = application();
    Application.apply(system.config(), system.control(), app);
    produce("old", 200);
    await(Map.of("old", 200L));
    assertThat(command("recompute", view)).isZero();
    produce("live", 300);
    Map<String, Long> all = Map.of("old", 200L, "live", 300L);
    await(all);

    String speedTopic =
        new Topics(system.config().namespace())
            .speed(system.control().state().current(view).orElseThrow());
    String before = id(speedTopic);
    delete(speedTopic);
    ProcessHandle speed = system.process("speed").orElseThrow();
    speed.destroyForcibly();
    Eventually.await(
        "another topic of the name",
        PATIENCE,
        () -> {
          assertThat(answer()).isEqualTo(all);
          return exists(speedTopic) && !id(speedTopic).equals(before);
        });
    produce("later", 10);
    Map<String, Long> more = new TreeMap<>(all);
    more.put("later", 10L);
    Eventually.await(
        "live state to go on",
        PATIENCE,
        () -> {
          Map<String, Long> found = answer();
          assertThat(found).containsAllEntriesOf(all);
          return found.equals(more);
        });
    assertThat(command("recompute", view)).isZero();
    assertThat(command("verify", view)).isZero();
    await(more);
    assertThat(views()).doesNotContain("AUDIT_MISMATCH");
  }

  private static boolean says(String layer, String before, String after) {
    return system.control().statuses(PATIENCE).stream()
        .filter(status -> status.layer().equals(layer))
        .map(LayerStatus::details)
        .flatMap(details -> details.entrySet().stream())
        .filter(entry -> entry.getKey().startsWith("error."))
        .anyMatch(e -> e.getValue().contains(before) && e.getValue().contains(after));
  }

  private void await(Map<String, Long> expected) {
    Eventually.await("the answer " + expected, PATIENCE, () -> answer().equals(expected));
  }

  private Map<String, Long> answer() {
    try {
      return new ServingClient(system.config())
          .rows(view, Map.of()).rows().stream()
              .collect(Collectors.toMap(row -> row.get(0).asText(), row -> row.get(1).asLong()));
    } catch (MillraceException e) {
      assertThat(e.code())
          .isIn(ErrorCode.VIEW_UNKNOWN, ErrorCode.VIEW_NOT_READY, ErrorCode.SERVING_UNREACHABLE);
      return Map.of();
    }
  }

  /** What the API says of all views. */
  private static String views() throws Exception {
    String url =
        system.control().statuses(PATIENCE).stream()
            .flatMap(status -> Optional.ofNullable(status.details().get("url")).stream())
            .findFirst()
            .orElseThrow();
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(url).resolve("/v1/views")).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private void produce(String word, int times) throws Exception {
    assertThat(command("produce", source, csv(word, times).toString())).isZero();
  }

  private static Path csv(String word, int times) throws IOException {
    Path csv = Files.createTempFile(dir, word, ".csv");
    Files.writeString(csv, "word\n" + (word + "\n").repeat(times));
    return csv;
  }

  /** As a producer does that knows the topic's name and no more. */
  private void send(String word, int times) throws IOException {
    Schema schema = new Schema.Parser().parse(SCHEMA);
    GenericData.Record line = new GenericData.Record(schema);
    line.put("word", word);
    ByteBuffer bytes = new BinaryMessageEncoder<>(new GenericData(), schema).encode(line);
    byte[] value = new byte[bytes.remaining()];
    bytes.get(value);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            system.config().clientProperties(),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < times; i++) {
        producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, value));
      }
    }
  }

  private static Admin admin() {
    return Admin.create(system.config().adminProperties());
  }

  private static String id(String topic) throws Exception {
    try (Admin admin = admin()) {
      return admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get()
          .get(topic)
          .topicId()
          .toString();
    }
  }

  private static boolean exists(String topic) throws Exception {
    try (Admin admin = admin()) {
      return admin.listTopics().names().get().contains(topic);
    }
  }

  private static void delete(String topic) throws Exception {
    try (Admin admin = admin()) {
      admin.deleteTopics(List.of(topic)).all().get();
    }
  }

  /** Returns the new topic's id once the broker serves it. */
  private static String create(String topic) throws Exception {
    AtomicReference<String> made = new AtomicReference<>();
    try (Admin admin = admin()) {
      // The deletion may take a moment.
      Eventually.await(
          "the topic to be made again",
          PATIENCE,
          () -> {
            made.set(
                admin
                    .createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1)))
                    .topicId(topic)
                    .get()
                    .toString());
            return true;
          });
      ServedTopics.await(admin, topic, PARTITIONS, PATIENCE);
    }
    return made.get();
  }

  private Path application() throws Exception {
    Path app = Files.createDirectories(dir.resolve(view));
    Files.writeString(
        app.resolve("app.sql"),
        """
        CREATE TABLE %s USING kafka OPTIONS (topic '%s', schema 'line.avsc', partitions '2');
        CREATE VIEW %s AS SELECT word, count(*) AS lines FROM %s GROUP BY word;
        """
            .formatted(source, topic, view, source));
    Files.writeString(app.resolve("line.avsc"), SCHEMA);
    return app;
  }

  private static MillraceConfig config() {
    return MillraceConfig.load(
        Optional.empty(),
        Map.of(),
        Map.of(
            "data.dir",
            dir.resolve("data").toString(),
            "kafka.port",
            "0",
            "serving.port",
            "0",
            // How soon the batch layer sees which topic it is.
            "batch.archive.interval",
            "3s"));
  }

  private int command(String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--set";
    all[arguments.length + 1] = "data.dir=" + dir.resolve("data");
    return Millrace.run(all);
  }
}
