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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics that are deleted and made again under the whole system, as `millrace up` starts it. */
final class TopicRecreatedIT {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final String TOPIC = "it.words";
  private static final int PARTITIONS = 2;

  @TempDir private Path dir;

  @Test
  void shouldStayWithTheTopicThatWasAppliedUntilTheNewOneIs() throws Exception {
    Path app = application();
    try (LocalSystem system = LocalSystem.start(config(), new Quiet(), true)) {
      Application.apply(system.config(), system.control(), app);
      produce("old", 200);
      await(system, Map.of("old", 200L));
      assertThat(command("recompute", "words")).isZero();

      String before = id(system, TOPIC);
      delete(system, TOPIC);
      String after = create(system, TOPIC);
      produce("new", 500);

      for (String layer : List.of("speed", "batch", "serving")) {
        Eventually.await(layer + " to say so", PATIENCE, () -> says(system, layer, before, after));
      }
      assertThat(answer(system)).isEqualTo(Map.of("old", 200L));
      assertThat(views(system)).contains("TOPIC_CHANGED").contains(before).contains(after);
      assertThatThrownBy(() -> Application.apply(system.config(), system.control(), app))
          .isInstanceOfSatisfying(
              MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_CHANGED))
          .hasMessageContaining("with id " + after)
          .hasMessageContaining("the one with id " + before)
          .hasMessageContaining("--new-topic lines");

      Application.apply(
          system.config(), system.control(), app, Application.Left.NAMED, Set.of("lines"));
      await(system, Map.of("new", 500L));
      for (String layer : List.of("speed", "batch", "serving")) {
        Eventually.await(
            layer + " to be well", PATIENCE, () -> !says(system, layer, before, after));
      }
      assertThat(command("recompute", "words")).isZero();
      assertThat(command("verify", "words")).isZero();
      assertThat(answer(system)).isEqualTo(Map.of("new", 500L));
    }
  }

  @Test
  void shouldPublishAllAgainToASpeedTopicThatWasMadeAnew() throws Exception {
    Path app = application();
    try (LocalSystem system = LocalSystem.start(config(), new Quiet(), true)) {
      Application.apply(system.config(), system.control(), app);
      produce("old", 200);
      await(system, Map.of("old", 200L));
      assertThat(command("recompute", "words")).isZero();
      produce("live", 300);
      Map<String, Long> all = Map.of("old", 200L, "live", 300L);
      await(system, all);

      String topic =
          new Topics(system.config().namespace())
              .speed(system.control().state().current("words").orElseThrow());
      String before = id(system, topic);
      delete(system, topic);
      ProcessHandle speed = system.process("speed").orElseThrow();
      speed.destroyForcibly();
      Eventually.await(
          "another topic of the name",
          PATIENCE,
          () -> {
            assertThat(answer(system)).isEqualTo(all);
            return exists(system, topic) && !id(system, topic).equals(before);
          });
      produce("later", 10);
      Map<String, Long> more = new TreeMap<>(all);
      more.put("later", 10L);
      Eventually.await(
          "live state to go on",
          PATIENCE,
          () -> {
            Map<String, Long> found = answer(system);
            assertThat(found).containsAllEntriesOf(all);
            return found.equals(more);
          });
      assertThat(command("recompute", "words")).isZero();
      assertThat(command("verify", "words")).isZero();
      await(system, more);
      assertThat(views(system)).doesNotContain("AUDIT_MISMATCH");
    }
  }

  private static boolean says(LocalSystem system, String layer, String before, String after) {
    return system.control().statuses(PATIENCE).stream()
        .filter(status -> status.layer().equals(layer))
        .map(LayerStatus::details)
        .flatMap(details -> details.entrySet().stream())
        .filter(entry -> entry.getKey().startsWith("error."))
        .anyMatch(e -> e.getValue().contains(before) && e.getValue().contains(after));
  }

  private static void await(LocalSystem system, Map<String, Long> expected) {
    Eventually.await("the answer " + expected, PATIENCE, () -> answer(system).equals(expected));
  }

  private static Map<String, Long> answer(LocalSystem system) {
    try {
      return new ServingClient(system.config())
          .rows("words", Map.of()).rows().stream()
              .collect(Collectors.toMap(row -> row.get(0).asText(), row -> row.get(1).asLong()));
    } catch (MillraceException e) {
      assertThat(e.code())
          .isIn(ErrorCode.VIEW_UNKNOWN, ErrorCode.VIEW_NOT_READY, ErrorCode.SERVING_UNREACHABLE);
      return Map.of();
    }
  }

  /** What the API says of all views. */
  private static String views(LocalSystem system) throws Exception {
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
    Path csv = Files.createTempFile(dir, word, ".csv");
    Files.writeString(csv, "word\n" + (word + "\n").repeat(times));
    assertThat(command("produce", "lines", csv.toString())).isZero();
  }

  private static Admin admin(LocalSystem system) {
    return Admin.create(system.config().adminProperties());
  }

  private static String id(LocalSystem system, String topic) throws Exception {
    try (Admin admin = admin(system)) {
      return admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get()
          .get(topic)
          .topicId()
          .toString();
    }
  }

  private static boolean exists(LocalSystem system, String topic) throws Exception {
    try (Admin admin = admin(system)) {
      return admin.listTopics().names().get().contains(topic);
    }
  }

  private static void delete(LocalSystem system, String topic) throws Exception {
    try (Admin admin = admin(system)) {
      admin.deleteTopics(List.of(topic)).all().get();
    }
  }

  /** Returns the new topic's id once the broker serves it. */
  private static String create(LocalSystem system, String topic) throws Exception {
    AtomicReference<String> made = new AtomicReference<>();
    try (Admin admin = admin(system)) {
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
    Path app = Files.createDirectories(dir.resolve("app"));
    Files.writeString(
        app.resolve("app.sql"),
        """
        CREATE TABLE lines USING kafka OPTIONS (topic 'it.words', schema 'line.avsc', partitions '2');
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
        Map.of("data.dir", dir.resolve("data").toString(), "kafka.port", "0", "serving.port", "0"));
  }

  private int command(String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--set";
    all[arguments.length + 1] = "data.dir=" + dir.resolve("data");
    return Millrace.run(all);
  }
}
