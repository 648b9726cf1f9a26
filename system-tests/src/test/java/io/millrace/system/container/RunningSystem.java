package io.millrace.system.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Position;
import io.millrace.system.Answer;
import io.millrace.system.Installation;
import io.millrace.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The launcher's system over a broker in a container. */
final class RunningSystem implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Pattern VERDICT =
      Pattern.compile("verify: ([0-9,]+) rows equal, ([0-9,]+) differ");

  private final Installation installation;
  private final String bootstrapServers;

  private RunningSystem(Installation installation, String bootstrapServers) {
    this.installation = installation;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Returns when the serving layer answers.
   *
   * @param name of the directory below {@code target/} that holds all of it
   * @param schedule when every view runs
   */
  static RunningSystem over(KafkaNode broker, String name, String schedule) throws IOException {
    Path directory = Path.of("target/" + name + "-" + Instant.now().toEpochMilli());
    RunningSystem system =
        new RunningSystem(
            Installation.up(
                directory.toAbsolutePath(),
                Map.of(
                    "kafka.bootstrap.servers",
                    broker.bootstrapServers(),
                    "kafka.connect.timeout",
                    "60s",
                    "batch.schedule.override",
                    schedule,
                    // Transactions for few events each are most of what the broker does.
                    "speed.commit.interval",
                    "250ms")),
            broker.bootstrapServers());
    try {
      Eventually.await(
          "the system to be up, see " + directory,
          PATIENCE,
          () -> {
            system.alive();
            return system.installation.http().json("/v1/health/live") != null;
          });
    } catch (AssertionError e) {
      system.close();
      throw e;
    }
    return system;
  }

  Installation installation() {
    return installation;
  }

  Installation.Ran run(String... arguments) throws Exception {
    return installation.run(arguments);
  }

  void apply(Path application) throws Exception {
    Installation.Ran applied = run("apply", application.toString());
    assertThat(applied.exit()).as(applied.output()).isZero();
  }

  /** What the launcher reads, for code that does in this process what a command does. */
  MillraceConfig config() {
    return MillraceConfig.load(
        Optional.of(installation.directory().resolve("millrace.yaml")), Map.of(), Map.of());
  }

  Answer answer(String view) throws Exception {
    return installation.http().answer(view);
  }

  /** Returns the first answer that covers all of the topic as it ends now. */
  Answer awaitEnd(String view, String topic) throws Exception {
    Position end = end(topic);
    AtomicReference<Answer> answer = new AtomicReference<>();
    Eventually.await(
        view + " to answer for all of " + topic + " up to " + end,
        PATIENCE,
        () -> {
          alive();
          if (!installation.http().live(view).covers(end)) {
            return false;
          }
          answer.set(answer(view));
          if (!answer.get().live().covers(end)) {
            System.out.printf("%s went back from %s to %s%n", view, end, answer.get().live());
            return false;
          }
          return true;
        });
    return answer.get();
  }

  /** The rows that {@code millrace verify} found equal; it must have found no other. */
  Map<String, Long> verify(List<String> views) throws Exception {
    List<String> command = new ArrayList<>(List.of("verify"));
    command.addAll(views);
    Installation.Ran verified = run(command.toArray(String[]::new));
    assertThat(verified.exit()).as(verified.output()).isZero();
    Map<String, Long> rows = new LinkedHashMap<>();
    Matcher verdict = VERDICT.matcher(verified.output());
    for (String view : views) {
      assertThat(verdict.find()).as(verified.output()).isTrue();
      assertThat(verdict.group(2)).as(verified.output()).isEqualTo("0");
      rows.put(view, Long.parseLong(verdict.group(1).replace(",", "")));
    }
    return rows;
  }

  Position end(String topic) {
    return TopicEnds.of(bootstrapServers, topic);
  }

  /** Fails with what {@code up} said if it has ended; the wait it is part of ends at once. */
  void alive() {
    assertThat(installation.alive()).as(installation.upLog()).isTrue();
  }

  @Override
  public void close() {
    installation.close();
  }
}
