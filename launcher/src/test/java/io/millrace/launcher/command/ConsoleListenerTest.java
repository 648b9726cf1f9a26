package io.millrace.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.launcher.console.Console;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ConsoleListenerTest {
  private static final MillraceConfig.Up LIMITS =
      new MillraceConfig.Up(Duration.ofMinutes(3), Duration.ofHours(2));

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final AtomicLong seconds = new AtomicLong();

  @Test
  void shouldSayNowAndThenWhatIsWaitedFor() {
    try (ConsoleListener listener =
        new ConsoleListener(
            Console.plain(new PrintStream(out, true, StandardCharsets.UTF_8)),
            () -> seconds.get() * 1_000_000_000)) {
      listener.starting("speed");
      for (int second = 0; second <= 300; second++) {
        seconds.set(second);
        listener.waiting(
            "speed",
            "restores " + second,
            Duration.ofSeconds(second < 200 ? 0 : second - 200),
            LIMITS);
      }
    }
    assertThat(out.toString(StandardCharsets.UTF_8))
        .hasToString(
            """
              … speed    starting for 30.0 s: restores 30
              … speed    starting for 1 min 00 s: restores 60
              … speed    starting for 2 min 00 s: restores 120
              … speed    starting for 4 min 00 s: restores 240 (nothing has moved for 40.0 s; it is given up after 3 min 00 s of that, up.patience)
            """);
  }
}
