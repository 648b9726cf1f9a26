package io.millrace.control.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ConfigKeysTest {
  private static final Path GUIDE = Path.of("..", "docs", "guide", "configuration.md");

  @Test
  void shouldBeInTheGuideExactly() throws IOException {
    String table =
        ConfigKeys.ALL.stream().map(ConfigKeysTest::row).collect(Collectors.joining("\n"));
    String guide =
        Files.readAllLines(GUIDE).stream()
            .filter(line -> line.startsWith("| `"))
            .collect(Collectors.joining("\n"));
    assertThat(guide).as("the table of docs/guide/configuration.md").isEqualTo(table);
  }

  @Test
  void shouldAcceptEveryDefaultWhenWritten() {
    MillraceConfig defaults = MillraceConfig.load(Optional.empty(), Map.of(), Map.of());
    for (ConfigKey key : ConfigKeys.ALL) {
      if (key instanceof ConfigKey.Group group) {
        MillraceConfig config =
            MillraceConfig.load(Optional.empty(), Map.of(), Map.of(group.prefix() + "a.b", "c"));
        assertThat(group.values().apply(config)).containsEntry("a.b", "c");
      } else if (!key.defaultText().isEmpty()) {
        Map<String, String> variable =
            Map.of(ConfigSources.variable(key.name()), key.defaultText());
        assertThat(MillraceConfig.load(Optional.empty(), variable, Map.of())).isEqualTo(defaults);
      }
    }
  }

  @Test
  void shouldWriteEveryKey() {
    MillraceConfig config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of(
                "kafka.bootstrap.servers", "h:1",
                "monitor.port", "9464",
                "batch.schedule.override", "0 0 6 * * ?",
                "kafka.properties.a", "1",
                "lake.properties.a", "1",
                "speed.properties.a", "1",
                "batch.properties.a", "1"));
    for (ConfigKey key : ConfigKeys.ALL) {
      assertThat(config.toYaml().lines().map(line -> line.split(":")[0]))
          .contains(key.name().replace("*", "a"));
    }
  }

  private static String row(ConfigKey key) {
    String value = key.defaultText();
    if (value.isEmpty()) {
      value = "unset";
    } else if (key instanceof ConfigKey.Single<?>) {
      value = "`" + value + "`";
    }
    return "| `" + key.name() + "` | " + key.type() + " | " + value + " | " + key.doc() + " |";
  }
}
