package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.SpeedKey;
import io.millrace.control.model.ViewDefinition;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.local.LocalSystem;
import io.millrace.testkit.Eventually;
import io.millrace.view.ViewProgram;
import io.millrace.view.compile.ViewCompiler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Live state that is wrong, in the whole system as {@code millrace up} starts it, made anew. */
final class RebuildIT {
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  @TempDir private Path dir;

  /** What was sent: the right answer. */
  private final Map<String, Long> sent = new TreeMap<>();

  /**
   * @param text both outputs
   */
  private record Ended(int code, String text) {}

  @Test
  void shouldAnswerRightAgainAfterLiveStateWasWrong() throws Exception {
    String app = application().toString();
    try (LocalSystem system = LocalSystem.start(config(), new Quiet(), true)) {
      assertThat(millrace("apply", app).code()).isZero();
      produce("old", 200);
      await(system, sent);
      assertThat(millrace("recompute", "words").code()).isZero();
      produce("few", 10);
      produce("live", 300);
      await(system, sent);

      ViewDefinition first = current(system);
      Map<String, Long> wrong = new TreeMap<>(sent);
      wrong.put("live", writeStateOfAnother(system, first, "live", "few"));
      wrong.put("later", 1L);
      produce("later", 1);
      await(system, wrong);
      Eventually.await(
          "a run that reaches past the wrong state to be refused",
          PATIENCE,
          () -> {
            produce("later", 1);
            assertThat(millrace("recompute", "words").code()).isZero();
            return !system.control().state().refusals().isEmpty();
          });
      assertThat(millrace("status").text()).contains("millrace rebuild words");
      assertThat(answer(system)).containsEntry("live", wrong.get("live"));

      CompletableFuture<Ended> typed =
          CompletableFuture.supplyAsync(() -> millrace("rebuild", "words"));
      AtomicBoolean right = new AtomicBoolean();
      Eventually.await(
          "the command to end",
          PATIENCE,
          () -> {
            long live = answer(system).get("live");
            assertThat(live)
                .as("answers go on, and do not go back")
                .isIn(right.get() ? List.of(300L) : List.of(wrong.get("live"), 300L));
            right.set(live == 300);
            return typed.isDone();
          });

      ViewDefinition second = current(system);
      assertThat(typed.get().text())
          .contains("version " + second.version() + "; " + first.version() + " answers until")
          .contains("✓ words  version " + second.version() + " answers");
      assertThat(typed.get().code()).isZero();
      assertThat(second.generation()).isEqualTo(1);
      await(system, sent);
      assertThat(millrace("status").text()).doesNotContain("refused").doesNotContain("different");
      assertThat(millrace("verify", "words").code()).isZero();

      assertThat(millrace("apply", app).text()).containsPattern("view +words +unchanged");
      produce("live", 7);
      assertThat(millrace("recompute", "words").code()).isZero();
      await(system, sent);
      Eventually.await(
          "the version before to be gone, with its topic, its runs and its refusal",
          PATIENCE,
          () ->
              system.control().state().views().keySet().equals(Set.of(second.id()))
                  && system.control().state().refusals().isEmpty()
                  && !exists(system, system.config().topics().speed(first)));
      await(system, sent);
    }
  }

  /**
   * Writes into the speed topic, for one group, the state of another.
   *
   * @return what live state then has of the group
   */
  private static long writeStateOfAnother(
      LocalSystem system, ViewDefinition view, String group, String other) throws Exception {
    ViewProgram program = ViewCompiler.compileApplied(view).newProgram();
    TopicPartition partition = new TopicPartition(system.config().topics().speed(view), 0);
    Map<SpeedKey.State, byte[]> states = states(system, partition);
    Map<SpeedKey.State, List<Object>> rows = new LinkedHashMap<>();
    states.forEach(
        (key, state) ->
            rows.put(
                key, program.evaluate(key.groupKey(), program.decodeState(state)).orElseThrow()));
    SpeedKey.State source = keys(rows, other).get(0);
    List<SpeedKey.State> targets = keys(rows, group);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            system.config().adminProperties(),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (SpeedKey.State target : targets) {
        byte[] state = target.equals(targets.get(0)) ? states.get(source) : null;
        producer.send(new ProducerRecord<>(partition.topic(), 0, target.toBytes(), state)).get();
      }
    }
    return (Long) rows.get(source).get(1);
  }

  private static List<SpeedKey.State> keys(Map<SpeedKey.State, List<Object>> rows, String group) {
    return rows.entrySet().stream()
        .filter(row -> row.getValue().get(0).toString().equals(group))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The states there are. */
  private static Map<SpeedKey.State, byte[]> states(LocalSystem system, TopicPartition partition) {
    Map<String, Object> properties = new TreeMap<>();
    system
        .config()
        .adminProperties()
        .forEach((key, value) -> properties.put(key.toString(), value));
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    Map<SpeedKey.State, byte[]> states = new LinkedHashMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          if (SpeedKey.fromBytes(record.key()) instanceof SpeedKey.State key) {
            states.remove(key);
            if (record.value() != null) {
              states.put(key, record.value());
            }
          }
        }
      }
    }
    return states;
  }

  private static ViewDefinition current(LocalSystem system) {
    return system.control().catchUp(PATIENCE).current("words").orElseThrow();
  }

  private static void await(LocalSystem system, Map<String, Long> expected) {
    Map<String, Long> wanted = Map.copyOf(expected);
    Eventually.await("the answer " + wanted, PATIENCE, () -> answer(system).equals(wanted));
  }

  private static Map<String, Long> answer(LocalSystem system) {
    return new ServingClient(system.config())
        .rows("words", Map.of()).rows().stream()
            .collect(Collectors.toMap(row -> row.get(0).asText(), row -> row.get(1).asLong()));
  }

  private static boolean exists(LocalSystem system, String topic) throws Exception {
    try (Admin admin = Admin.create(system.config().adminProperties())) {
      return admin.listTopics().names().get().contains(topic);
    }
  }

  private void produce(String word, int times) throws IOException {
    Path csv = Files.createTempFile(dir, word, ".csv");
    Files.writeString(csv, "word\n" + (word + "\n").repeat(times));
    assertThat(millrace("produce", "lines", csv.toString()).code()).isZero();
    sent.merge(word, (long) times, Long::sum);
  }

  private Path application() throws IOException {
    Path app = Files.createDirectories(dir.resolve("app"));
    Files.writeString(
        app.resolve("app.sql"),
        """
        CREATE TABLE lines USING kafka OPTIONS (topic 'it.words', schema 'line.avsc', partitions '1');
        CREATE VIEW words AS SELECT word, count(*) AS lines FROM lines GROUP BY word;
        """);
    Files.writeString(
        app.resolve("line.avsc"),
        """
        {"type": "record", "name": "Line", "fields": [{"name": "word", "type": "string"}]}
        """);
    return app;
  }

  private MillraceConfig config() {
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
            "speed.cut.interval",
            "1s"));
  }

  private Ended millrace(String... command) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--set", "data.dir=" + dir.resolve("data")));
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream out = System.out;
    PrintStream err = System.err;
    PrintStream both = new PrintStream(said, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
    try {
      int code = Millrace.run(arguments.toArray(String[]::new));
      return new Ended(code, said.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }
}
