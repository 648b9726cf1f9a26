package io.millrace.control.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayerStatusTest {
  @Test
  void shouldKeepNoStackTrace() {
    String positions = "0:1,".repeat(500);
    LayerStatus status =
        status(
            Map.of(
                "error.view.sales",
                "run failed: x\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: disk full",
                "view.sales.state",
                "waits: x\n\tat a.B.c(B.java:1)",
                "source.orders.position",
                positions));

    assertThat(status.errors())
        .containsExactly(Map.entry("view.sales", "run failed: x; java.io.IOException: disk full"));
    assertThat(status.details())
        .containsEntry("view.sales.state", "waits: x")
        .containsEntry("source.orders.position", positions);
  }

  private static LayerStatus status(Map<String, String> details) {
    return new LayerStatus("batch", "host:1", "degraded", Instant.EPOCH, Instant.EPOCH, details);
  }
}
