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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One view on a whole system, as {@code millrace up} starts it, that the tests of one JVM share:
 * how often each word was sent, over a topic of one partition. Source and topic bear the view's
 * name. Commands are typed as people do. Not thread-safe, and one at a time.
 */
final class WordsSystem implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(4);

  /** Starting one takes as long as most tests on it; ends with the JVM, as its processes do. */
  private static LocalSystem shared;

  private final Path dir;
  private final String view;
  private final LocalSystem system;

  /** What was sent: the right answer. */
  private final Map<String, Long> sent = new TreeMap<>();

  /**
   * @param text both outputs
   */
  record Ended(int code, String text) {}

  private WordsSystem(Path dir, String view, LocalSystem system) {
    this.dir = dir;
    this.view = view;
    this.system = system;
  }

  /**
   * Applies the view.
   *
   * @param dir an empty directory
   * @param view a name that no other test has
   */
  static WordsSystem start(Path dir, String view) throws IOException {
    WordsSystem words = new WordsSystem(dir, view, shared());
    Path app = Files.createDirectories(dir.resolve("app"));
    Files.writeString(
        app.resolve("app.sql"),
        """
        CREATE TABLE %s USING kafka OPTIONS (topic '%s', schema 'line.avsc', partitions '1');
        CREATE VIEW %s AS SELECT word, count(*) AS lines FROM %s GROUP BY word;
        """
            .formatted(words.source(), words.topic(), view, words.source()));
    Files.writeString(
        app.resolve("line.avsc"),
        """
        {"type": "record", "name": "Line", "fields": [{"name": "word", "type": "string"}]}
        """);
    assertThat(words.apply().code()).isZero();
    return words;
  }

  private static synchronized LocalSystem shared() {
    if (shared == null) {
      Path data = Path.of("target/words-" + System.currentTimeMillis() + "/data").toAbsolutePath();
      Map<String, String> settings =
          Map.of(
              "data.dir",
              data.toString(),
              "kafka.port",
              "0",
              "serving.port",
              "0",
              // Runs that a test asks for archive what they need; nothing else shall.
              "batch.archive.interval",
              "1h",
              "batch.schedule",
              "0 0 0 1 1 ?",
              "speed.cut.interval",
              "1s");
      shared =
          LocalSystem.start(
              MillraceConfig.load(Optional.empty(), Map.of(), settings), new Quiet(), true);
      Runtime.getRuntime().addShutdownHook(new Thread(shared::close, "words-system-ends"));
    }
    return shared;
  }

  String source() {
    return view + "_lines";
  }

  String topic() {
    return "it." + view;
  }

  LocalSystem system() {
    return system;
  }

  MillraceConfig config() {
    return system.config();
  }

  /** The configuration in effect, as other processes read it. */
  Path configFile() {
    return system.directory().effectiveConfig();
  }

  ControlState control() {
    return system.control().catchUp(PATIENCE);
  }

  ViewDefinition view() {
    return control().current(view).orElseThrow();
  }

  /** Whether a refusal stands against a run of the view. */
  boolean refused() {
    return control().refusals().values().stream().anyMatch(one -> one.view().equals(view));
  }

  /** Every version of the view that is not forgotten, by id. */
  Set<String> versions() {
    return control().views().values().stream()
        .filter(one -> one.name().equals(view))
        .map(ViewDefinition::id)
        .collect(Collectors.toSet());
  }

  Ended apply() {
    return millrace("apply", dir.resolve("app").toString());
  }

  void send(String word, int times) throws IOException {
    Path csv = Files.createTempFile(dir, word, ".csv");
    Files.writeString(csv, "word\n" + (word + "\n").repeat(times));
    assertThat(millrace("produce", source(), csv.toString()).code()).isZero();
    sent.merge(word, (long) times, Long::sum);
  }

  /** What was sent, by word; a copy. */
  Map<String, Long> sent() {
    return new TreeMap<>(sent);
  }

  Map<String, Long> answer() {
    return new ServingClient(config())
        .rows(view, Map.of()).rows().stream()
            .collect(Collectors.toMap(row -> row.get(0).asText(), row -> row.get(1).asLong()));
  }

  void await(Map<String, Long> expected) {
    Eventually.await("the answer " + expected, PATIENCE, () -> answer().equals(expected));
  }

  /** Types a command, in this JVM. */
  Ended millrace(String... command) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--set", "data.dir=" + config().dataDir()));
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

  /** Drops the view, if it is there: the next test finds none but its own. */
  @Override
  public void close() {
    if (control().current(view).isEmpty()) {
      return;
    }
    Ended dropped = millrace("drop", view);
    if (dropped.code() != 0) {
      System.out.println("cannot drop " + view + ": " + dropped.text());
    }
  }
}
