package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.ViewDefinition;
import io.millrace.launcher.client.Application;
import io.millrace.launcher.client.Rebuild;
import io.millrace.launcher.client.ServingClient;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.TestBroker;
import io.millrace.view.compile.ViewCompiler;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace rebuild} as typed, and what the control topic then says; no layer runs. */
final class RebuildCommandIT {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String COUNT = "SELECT word, count(*) AS n FROM lines GROUP BY word";

  @TempDir private Path dir;
  private TestBroker broker;
  private ControlLog control;
  private int runs;

  @BeforeEach
  void start() throws IOException {
    broker = TestBroker.start(dir.resolve("broker"));
    control = ControlLog.open(config());
    folder(COUNT, "");
    assertThat(millrace("apply", "app").code()).isZero();
  }

  @AfterEach
  void stop() {
    control.close();
    broker.close();
  }

  @Test
  void shouldRefuseViewsThatThereAreNot() {
    Commands.Ended ended = millrace("rebuild", "words", "word", "--no-wait");

    assertThat(ended.text())
        .contains("VIEW_UNKNOWN: cannot find view 'word': found only words; did you mean 'words'?");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(millrace("rebuild").code()).isEqualTo(2);
    assertThat(versions()).hasSize(1);
  }

  @Test
  void shouldMakeOneVersionHoweverOftenItIsTyped() {
    ViewDefinition first = current();
    assertThat(millrace("rebuild", "words", "--no-wait").text())
        .contains("version " + first.version() + " is being made already");
    assertThat(versions()).as("its live state is new already").containsExactly(first);
    complete(first);

    Commands.Ended ended = millrace("rebuild", "words", "words", "--no-wait");

    ViewDefinition second = current();
    assertThat(second).isEqualTo(ViewCompiler.inGeneration(first, 1));
    assertThat(ended.text())
        .containsOnlyOnce("~ view")
        .contains("rebuilt")
        .contains("version " + second.version() + "; " + first.version() + " answers until")
        .contains("no speed layer has said anything lately")
        .contains("no batch layer has said anything lately")
        .contains("not waiting; 'millrace status'");
    assertThat(ended.code()).isZero();

    Commands.Ended again = millrace("rebuild", "words", "--timeout", "1");
    assertThat(again.text())
        .contains("version " + second.version() + " is being made already")
        .contains(
            "VIEW_NOT_READY: cannot wait any longer: found view words waiting for its first run"
                + " after 1 s");
    assertThat(again.code()).isEqualTo(1);
    assertThat(versions()).containsExactly(first, second);
  }

  @Test
  void shouldWaitForTheFirstRunOfTheNewVersion() throws Exception {
    ViewDefinition first = current();
    complete(first);
    CompletableFuture<Commands.Ended> typed =
        CompletableFuture.supplyAsync(() -> millrace("rebuild", "words"));
    Eventually.await("the new version", PATIENCE, () -> versions().size() == 2);
    ViewDefinition second = current();
    control.publish(run(second, Status.FAILED, "the lake is away"));
    complete(second);

    Commands.Ended ended = typed.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(ended.text())
        .contains(
            "✓ words  version "
                + second.version()
                + " has its first run; it answers when a serving layer runs");
    assertThat(ended.code()).isZero();
  }

  @Test
  void shouldMakeNoMoreVersionsThanCanBeOfUse() {
    complete(current());
    assertThat(millrace("rebuild", "words", "--no-wait").code()).isZero();
    complete(current());
    assertThat(millrace("rebuild", "words", "--no-wait").code()).isZero();
    complete(current());
    List<ViewDefinition> three = versions();

    Commands.Ended ended = millrace("rebuild", "words", "--no-wait");

    assertThat(ended.text())
        .contains("BAD_REQUEST: cannot rebuild view words: found 3 versions of it (")
        .contains("expected fewer than 3: the batch layer retires older ones");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(versions()).isEqualTo(three).extracting("generation").containsExactly(0, 1, 2);

    // As the batch layer does once the newest has taken over.
    control.retireView(three.get(0).id());
    control.retireView(three.get(1).id());
    assertThat(millrace("rebuild", "words", "--no-wait").code()).isZero();
    assertThat(versions()).extracting("generation").containsExactly(2, 3);
  }

  @Test
  void shouldKeepTheGenerationWhenTheFolderIsAppliedAgain() throws Exception {
    ViewDefinition first = current();
    complete(first);
    millrace("rebuild", "words", "--no-wait");
    ViewDefinition second = current();

    assertThat(millrace("apply", "app").text()).containsPattern("view +words +unchanged");
    assertThat(millrace("apply", "app", "--prune").text())
        .containsPattern("view +words +unchanged");
    assertThat(versions()).containsExactly(first, second);

    folder(COUNT, "COMMENT 'said of it'");
    assertThat(millrace("apply", "app").text()).contains("same version " + second.version());
    assertThat(current().comment()).isEqualTo("said of it");
    complete(second);
    control.retireView(first.id());

    folder(COUNT.replace("AS n", "AS times"), "");
    assertThat(millrace("apply", "app").text()).contains(second.version() + " answers until");
    ViewDefinition changed = current();
    assertThat(changed.generation()).isEqualTo(1);
    folder(COUNT, "");
    assertThat(millrace("apply", "app").code()).isZero();
    assertThat(current()).as("not the one that was given up").isEqualTo(second);

    assertThat(millrace("drop", "words").code()).isZero();
    assertThat(versions()).isEmpty();
    assertThat(millrace("apply", "app").code()).isZero();
    assertThat(current().generation()).as("of a view that nothing is left of").isZero();
  }

  @Test
  void shouldNotUndoWhatIsAppliedOrDroppedAtTheSameTime() throws Exception {
    ViewDefinition first = current();
    complete(first);
    folder(COUNT.replace("AS n", "AS times"), "");

    Rebuild.Begun begun =
        new Rebuild(interrupted(() -> millrace("apply", "app")), serving()).begin("words");

    ViewDefinition changed = current();
    assertThat(begun).isEqualTo(new Rebuild.Begun(Optional.of(first), changed, true));
    assertThat(versions()).containsExactly(first, changed);
    assertThat(changed.sql()).contains("AS times");
    complete(changed);

    Rebuild dropped = new Rebuild(interrupted(() -> millrace("drop", "words")), serving());
    assertThatThrownBy(() -> dropped.begin("words")).hasMessageContaining("cannot find view");
    assertThat(versions()).isEmpty();
  }

  @Test
  void shouldNotBeUndoneByWhatIsAppliedAtTheSameTime() throws Exception {
    complete(current());
    folder(COUNT.replace("AS n", "AS times"), "");

    List<Application.Change> changes =
        Application.apply(
            config(),
            interrupted(() -> millrace("rebuild", "words", "--no-wait")),
            dir.resolve("app"));

    ViewDefinition now = current();
    assertThat(now.sql()).contains("AS times");
    assertThat(now.generation()).isEqualTo(1);
    assertThat(changes.get(changes.size() - 1).note()).contains("version " + now.version());
  }

  /** This test's log, on which something else happens right before a view is published. */
  private ControlLog interrupted(Runnable other) {
    AtomicBoolean done = new AtomicBoolean();
    return (ControlLog)
        Proxy.newProxyInstance(
            ControlLog.class.getClassLoader(),
            new Class<?>[] {ControlLog.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("publish")
                  && arguments[0] instanceof ViewDefinition
                  && done.compareAndSet(false, true)) {
                other.run();
              }
              return method.invoke(control, arguments);
            });
  }

  private MillraceConfig config() {
    return MillraceConfig.load(
        Optional.empty(),
        Map.of(),
        Map.of("data.dir", dir.toString(), "kafka.bootstrap.servers", broker.bootstrapServers()));
  }

  private ServingClient serving() {
    return new ServingClient(config());
  }

  private void folder(String select, String comment) throws IOException {
    Path app = Files.createDirectories(dir.resolve("app"));
    Files.writeString(
        app.resolve("app.sql"),
        """
        CREATE TABLE lines USING kafka OPTIONS (topic 'it.words', schema 'line.avsc', partitions '1');
        CREATE VIEW words %s AS %s;
        """
            .formatted(comment, select));
    Files.writeString(
        app.resolve("line.avsc"),
        """
        {"type": "record", "name": "Line", "fields": [{"name": "word", "type": "string"}]}
        """);
  }

  private ViewDefinition current() {
    return state().current("words").orElseThrow();
  }

  private List<ViewDefinition> versions() {
    return List.copyOf(state().views().values());
  }

  private ControlState state() {
    return control.catchUp(PATIENCE);
  }

  private void complete(ViewDefinition view) {
    control.publish(run(view, Status.COMPLETED, ""));
  }

  private RunRecord run(ViewDefinition view, Status status, String error) {
    return new RunRecord(
        "r" + ++runs,
        view.name(),
        view.version(),
        RunRecord.Kind.FULL,
        status,
        Position.parse("0:1"),
        1,
        "views.words",
        status == Status.COMPLETED ? Optional.of(1L) : Optional.empty(),
        1,
        NOW,
        Optional.of(NOW),
        "submit",
        Optional.of(error).filter(text -> !text.isEmpty()));
  }

  private Commands.Ended millrace(String... command) {
    List<String> args = new ArrayList<>(List.of(command));
    args.replaceAll(argument -> argument.equals("app") ? dir.resolve("app").toString() : argument);
    args.addAll(
        List.of(
            "--set",
            "data.dir=" + dir,
            "--set",
            "kafka.bootstrap.servers=" + broker.bootstrapServers()));
    return Commands.run(args.toArray(String[]::new));
  }
}
