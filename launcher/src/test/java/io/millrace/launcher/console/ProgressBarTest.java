package io.millrace.launcher.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ProgressBarTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private final AtomicLong clock = new AtomicLong();

  @Test
  void shouldSayHowMuchHowFastAndHowLongTheRestTakes() {
    ProgressBar bar = new ProgressBar(Console.plain(out), "records", clock::get);

    assertThat(bar.line(5000, 0.25, Duration.ofSeconds(10).toNanos()))
        .isEqualTo("  ████████░░░░░░░░░░░░░░░░░░░░░░  25 %  5,000 records, 500/s, 30.0 s left");
    assertThat(bar.line(20_000, 1, Duration.ofSeconds(40).toNanos())).endsWith("500/s");
  }

  @Test
  void shouldPrintALineEveryTenSecondsWithoutATerminal() {
    ProgressBar bar = new ProgressBar(Console.plain(out), "records", clock::get);
    for (int second = 0; second <= 25; second++) {
      clock.set(Duration.ofSeconds(second).toNanos());
      bar.update(second, second / 30.0);
    }

    assertThat(bytes.toString(StandardCharsets.UTF_8).lines()).hasSize(2);
    assertThat(bar.finish()).isEqualTo(Duration.ofSeconds(25));
  }
}
