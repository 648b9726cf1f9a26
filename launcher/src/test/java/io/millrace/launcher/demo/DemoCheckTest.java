package io.millrace.launcher.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlState;
import io.millrace.launcher.console.Console;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCheckTest {
  @TempDir private Path dir;

  @Test
  void shouldNotPassWithNothingToCheck() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    MillraceConfig config =
        MillraceConfig.load(Optional.empty(), Map.of(), Map.of("data.dir", dir.toString()));
    DemoCheck check =
        new DemoCheck(
            Console.plain(new PrintStream(said, true, StandardCharsets.UTF_8)),
            config,
            dir.resolve("none.yaml"),
            () -> ControlState.EMPTY,
            // Nothing is waited for.
            null,
            Duration.ZERO);

    assertThat(check.check()).isFalse();
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("found no view that is applied, expected some to check");
  }
}
