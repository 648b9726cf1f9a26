package io.millrace.launcher.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every setting beside a running system is used, in effect already, or refused aloud. */
final class RunningConfigTest {
  @TempDir private Path dir;

  private Path file;
  private MillraceConfig system;
  private final List<String> notes = new ArrayList<>();

  @BeforeEach
  void writeConfig() {
    file = dir.resolve("millrace.yaml");
    system =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of(
                "data.dir", dir.toString(),
                "kafka.bootstrap.servers", "127.0.0.1:19092",
                "serving.port", "8090"));
    system.write(file);
  }

  @Test
  void shouldUseWhatTheCommandHasAUseFor() {
    MillraceConfig config =
        with(
            Uses.TOPICS, Map.of("kafka.topic.partitions", "9", "kafka.properties.client.id", "me"));

    assertThat(config.kafka().topicPartitions()).isEqualTo(9);
    assertThat(config.kafka().properties()).containsEntry("client.id", "me");
    assertThat(config.serving()).isEqualTo(system.serving());
    assertThat(with(Uses.SPARK, Map.of("memory.batch", "2g")).memory().batch()).isEqualTo("2g");
    assertThat(notes).isEmpty();
  }

  @Test
  void shouldTakeWhatIsInEffectAlready() {
    MillraceConfig config =
        with(
            Uses.NOTHING,
            Map.of(
                "serving.port",
                "8090",
                "kafka.port",
                "0",
                "speed.commit.interval",
                "50ms",
                "data.dir",
                "elsewhere"));

    assertThat(config).isEqualTo(system);
  }

  @Test
  void shouldRefuseEveryOtherOneOfTheCommandLine() {
    assertThatThrownBy(
            () ->
                with(
                    Uses.KAFKA,
                    Map.of(
                        "serving.port", "8091",
                        "kafka.topic.partitions", "9",
                        "batch.schedule.override", "0 0 6 * * ?")))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
        .hasMessage(
            "cannot use settings beside the system that runs on "
                + dir
                + ": found batch.schedule.override=0 0 6 * * ?, but the system has none; found"
                + " kafka.topic.partitions=9, which this command has no use for; found"
                + " serving.port=8091, but the system has 8090, expected settings that this command"
                + " uses; leave them out, stop the system by 'millrace down' and start it with"
                + " them, or set data.dir for another one");
  }

  @Test
  void shouldSayWhatAFileWantsForTheNextStart() throws Exception {
    Path edited =
        Files.writeString(dir.resolve("edited.yaml"), "speed.threads: 3\nserving.port: 0");

    MillraceConfig config =
        new RunningConfig(dir, file)
            .with(
                MillraceConfig.given(
                    Optional.of(edited), Map.of("MILLRACE_KAFKA_TOPIC_PARTITIONS", "9"), Map.of()),
                Uses.KAFKA,
                notes::add);

    assertThat(config).isEqualTo(system);
    assertThat(notes)
        .containsExactly(
            "speed.threads=3 in "
                + edited
                + " is not in effect: the system has 1; the next 'millrace up' uses it");
  }

  @Test
  void shouldNotTakeOneSystemForAnother() {
    assertThatThrownBy(
            () ->
                new RunningConfig(dir, file)
                    .with(
                        MillraceConfig.given(
                            Optional.empty(), Map.of("MILLRACE_NAMESPACE", "other"), Map.of()),
                        Uses.TOPICS,
                        notes::add))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining(
            "found namespace=other in the environment, MILLRACE_NAMESPACE, but the system has"
                + " millrace");
  }

  @Test
  void shouldKeepSecretsToItself() {
    assertThatThrownBy(
            () -> with(Uses.NOTHING, Map.of("kafka.properties.ssl.key.password", "hunter2")))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("found kafka.properties.ssl.key.password=*****, which this command")
        .hasMessageNotContaining("hunter2");
  }

  private MillraceConfig with(Uses uses, Map<String, String> settings) {
    return new RunningConfig(dir, file)
        .with(MillraceConfig.given(Optional.empty(), Map.of(), settings), uses, notes::add);
  }
}
