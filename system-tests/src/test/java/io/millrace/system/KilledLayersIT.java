package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code kill -9} of each layer while the real files stream in: no number may change. */
class KilledLayersIT {
  private record Kill(long second, String mainClass) {}

  @Test
  void shouldAnswerExactlyThoughEachLayerIsKilledOnce() throws Exception {
    Path directory =
        Path.of("target/killed-layers-" + Instant.now().toEpochMilli()).toAbsolutePath();
    Deque<Kill> kills =
        new ArrayDeque<>(
            List.of(
                new Kill(45, "io.millrace.speed.SpeedMain"),
                new Kill(80, "io.millrace.batch.BatchMain"),
                new Kill(115, "io.millrace.serving.ServingMain")));
    RealFiles.Outcome outcome;
    try (RealFiles files = new RealFiles(directory)) {
      files.apply();
      outcome =
          files.run(
              4_000,
              13_000,
              (second, installation) -> {
                if (!kills.isEmpty() && second >= kills.peek().second()) {
                  ProcessHandle layer = installation.layer(kills.poll().mainClass());
                  assertThat(layer.destroyForcibly()).isTrue();
                }
              });
    }
    assertThat(kills).as("kills that were due and not done").isEmpty();
    assertThat(outcome.differences()).isEmpty();
    assertThat(outcome.finalDifferences()).isEmpty();
    assertThat(outcome.samples()).isGreaterThanOrEqualTo(150);
    assertThat(outcome.withLive()).as("answers that used the seam").isGreaterThan(50);
    assertThat(outcome.retailLines()).isEqualTo(2 * 541_909);
    assertThat(outcome.payments()).isEqualTo(2 * 1_754_155);
  }
}
