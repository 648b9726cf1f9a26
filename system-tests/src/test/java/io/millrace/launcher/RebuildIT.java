package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.model.SpeedKey;
import io.millrace.control.model.ViewDefinition;
import io.millrace.system.browser.Browser;
import io.millrace.system.browser.Tab;
import io.millrace.testkit.Eventually;
import io.millrace.view.ViewProgram;
import io.millrace.view.compile.ViewCompiler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
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
  private static final String VIEW = "rebuilt";

  @TempDir private Path dir;

  @Test
  void shouldAnswerRightAgainAfterLiveStateWasWrong() throws Exception {
    try (WordsSystem words = WordsSystem.start(dir, VIEW)) {
      words.send("old", 200);
      words.await(words.sent());
      assertThat(words.millrace("recompute", VIEW).code()).isZero();
      words.send("few", 10);
      words.send("live", 300);
      words.await(words.sent());

      ViewDefinition first = words.view();
      long wrong = writeStateOfAnother(words, first, "live", "few");
      words.send("later", 1);
      Map<String, Long> found = words.sent();
      found.put("live", wrong);
      words.await(found);
      Eventually.await(
          "a run that reaches past the wrong state to be refused",
          WordsSystem.PATIENCE,
          () -> {
            words.send("later", 1);
            assertThat(words.millrace("recompute", VIEW).code()).isZero();
            return words.refused();
          });
      assertThat(words.millrace("status").text()).contains("millrace rebuild " + VIEW);
      assertThat(words.answer()).containsEntry("live", wrong);

      if (Browser.installed()) {
        lookAtThePage(words);
      }

      WordsSystem.Ended ended = rebuild(words, wrong);

      ViewDefinition second = words.view();
      assertThat(second.generation()).isEqualTo(1);
      assertThat(ended.text())
          .contains("version " + second.version() + "; " + first.version() + " answers until")
          .contains("✓ " + VIEW + "  version " + second.version() + " answers");
      assertThat(ended.code()).isZero();
      words.await(words.sent());
      assertThat(words.millrace("status").text()).doesNotContain("cannot answer from run");
      assertThat(words.millrace("verify", VIEW).code()).isZero();

      assertThat(words.apply().text()).containsPattern("view +" + VIEW + " +unchanged");
      words.send("live", 7);
      assertThat(words.millrace("recompute", VIEW).code()).isZero();
      words.await(words.sent());
      Eventually.await(
          "the version before to be gone, with its topic, its runs and its refusal",
          WordsSystem.PATIENCE,
          () ->
              words.versions().equals(Set.of(second.id()))
                  && !words.refused()
                  && !exists(words, words.config().topics().speed(first)));
      words.await(words.sent());
    }
  }

  /** What it says while a run is refused: see {@link PageIT}. */
  private void lookAtThePage(WordsSystem words) throws Exception {
    try (Browser browser = Browser.start(Files.createDirectories(dir.resolve("browser")));
        Tab page = browser.open()) {
      page.go(words.system().servingUrl() + "/#" + VIEW);
      Eventually.await(
          "the page to say that the run is refused",
          WordsSystem.PATIENCE,
          () ->
              page.text(".badge").equals("run refused")
                  && page.text("#connection").startsWith("Not all is well: "));
      assertThat(page.text(".notice")).startsWith("AUDIT_MISMATCH: ");
      assertThat(page.text("nav a[aria-current] small")).isEqualTo("run refused");
      page.picture(Path.of("target/page/run-refused.png"));
      assertThat(page.errors()).isEmpty();
    }
  }

  /** Types the command, and holds every answer meanwhile. */
  private static WordsSystem.Ended rebuild(WordsSystem words, long wrong) throws Exception {
    CompletableFuture<WordsSystem.Ended> typed =
        CompletableFuture.supplyAsync(() -> words.millrace("rebuild", VIEW));
    long right = words.sent().get("live");
    AtomicBoolean mended = new AtomicBoolean();
    Eventually.await(
        "the command to end",
        WordsSystem.PATIENCE,
        () -> {
          long live = words.answer().get("live");
          assertThat(live)
              .as("answers go on, and do not go back")
              .isIn(mended.get() ? List.of(right) : List.of(wrong, right));
          mended.set(live == right);
          return typed.isDone();
        });
    return typed.get();
  }

  /**
   * Writes into the speed topic, for one group, the state of another.
   *
   * @return what live state then has of the group
   */
  private static long writeStateOfAnother(
      WordsSystem words, ViewDefinition view, String group, String other) throws Exception {
    ViewProgram program = ViewCompiler.compileApplied(view).newProgram();
    TopicPartition partition = new TopicPartition(words.config().topics().speed(view), 0);
    Map<SpeedKey.State, byte[]> states = states(words, partition);
    Map<SpeedKey.State, List<Object>> rows = new LinkedHashMap<>();
    states.forEach(
        (key, state) ->
            rows.put(
                key, program.evaluate(key.groupKey(), program.decodeState(state)).orElseThrow()));
    SpeedKey.State source = keys(rows, other).get(0);
    List<SpeedKey.State> targets = keys(rows, group);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            words.config().adminProperties(),
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
  private static Map<SpeedKey.State, byte[]> states(WordsSystem words, TopicPartition partition) {
    Map<String, Object> properties = new TreeMap<>();
    words.config().adminProperties().forEach((key, value) -> properties.put(key.toString(), value));
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

  private static boolean exists(WordsSystem words, String topic) throws Exception {
    try (Admin admin = Admin.create(words.config().adminProperties())) {
      return admin.listTopics().names().get().contains(topic);
    }
  }
}
