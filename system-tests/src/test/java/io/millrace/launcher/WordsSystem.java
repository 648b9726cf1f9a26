package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.ViewDefinition;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.local.LocalSystem;
import io.millrace.testkit.Eventually;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The whole system, as {@code millrace up} starts it, with one view: how often each word was sent,
 * over a topic of one partition. Commands are typed as people do. For one test.
 */
final class WordsSystem implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(4);
  static final String TOPIC = "it.words";

  private final Path dir;
  private final LocalSystem system;

  /** What was sent: the right answer. */
  private final Map<String, Long> sent = new TreeMap<>();

  /**
   * @param text both outputs
   */
  record Ended(int code, String text) {}

  private WordsSystem(Path dir, LocalSystem system) {
    this.dir = dir;
    this.system = system;
  }

  /**
   * Starts it and applies the view.
   *
   * @param dir an empty directory
   * @param settings besides its own
   */
  static WordsSystem start(Path dir, Map<String, String> settings) throws IOException {
    Path app = Files.createDirectories(dir.resolve("app"));
    Files.writeString(
        app.resolve("app.sql"),
        """
        CREATE TABLE lines USING kafka OPTIONS (topic '%s', schema 'line.avsc', partitions '1');
        CREATE VIEW words AS SELECT word, count(*) AS lines FROM lines GROUP BY word;
        """
            .formatted(TOPIC));
    Files.writeString(
        app.resolve("line.avsc"),
        """
        {"type": "record", "name": "Line", "fields": [{"name": "word", "type": "string"}]}
        """);
    Map<String, String> all = new HashMap<>(settings);
    all.put("data.dir", dir.resolve("data").toString());
    all.put("kafka.port", "0");
    all.put("serving.port", "0");
    MillraceConfig config = MillraceConfig.load(Optional.empty(), Map.of(), all);
    WordsSystem words = new WordsSystem(dir, LocalSystem.start(config, new Quiet(), true));
    try {
      assertThat(words.apply().code()).isZero();
      return words;
    } catch (Throwable e) {
      words.close();
      throw e;
    }
  }

  MillraceConfig config() {
    return system.config();
  }

  /** The configuration in effect, as other processes read it. */
  Path configFile() {
    return dir.resolve("data/run/millrace.yaml");
  }

  ControlState control() {
    return system.control().catchUp(PATIENCE);
  }

  ViewDefinition view() {
    return control().current("words").orElseThrow();
  }

  Ended apply() {
    return millrace("apply", dir.resolve("app").toString());
  }

  void send(String word, int times) throws IOException {
    Path csv = Files.createTempFile(dir, word, ".csv");
    Files.writeString(csv, "word\n" + (word + "\n").repeat(times));
    assertThat(millrace("produce", "lines", csv.toString()).code()).isZero();
    sent.merge(word, (long) times, Long::sum);
  }

  /** What was sent, by word; a copy. */
  Map<String, Long> sent() {
    return new TreeMap<>(sent);
  }

  Map<String, Long> answer() {
    return new ServingClient(config())
        .rows("words", Map.of()).rows().stream()
            .collect(Collectors.toMap(row -> row.get(0).asText(), row -> row.get(1).asLong()));
  }

  void await(Map<String, Long> expected) {
    Eventually.await("the answer " + expected, PATIENCE, () -> answer().equals(expected));
  }

  /** Types a command, in this JVM. */
  Ended millrace(String... command) {
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

  @Override
  public void close() {
    system.close();
  }
}
