package io.millrace.batch.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.batch.archive.Archive;
import io.millrace.control.model.Position;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BatchStatusTest {
  private final BatchStatus status = new BatchStatus();

  @Test
  void shouldForgetAllOfViewsAndSourcesThatAreNoMore() {
    Archive.Result result = new Archive.Result(Position.parse("0:7"), 6, 1);
    for (String name : new String[] {"gone", "kept"}) {
      status.archived(name, result, Instant.EPOCH);
      status.error("source." + name, "no topic");
      status.error("view." + name, "no run");
      status.error("runs." + name, "not forgotten");
    }
    status.error("reconcile", "no broker");

    status.retain(Set.of("kept"), Set.of("kept"));

    assertThat(status.archived()).containsOnlyKeys("kept");
    assertThat(status.details())
        .containsOnlyKeys(
            "error.reconcile",
            "error.runs.kept",
            "error.source.kept",
            "error.view.kept",
            "source.kept.archived",
            "source.kept.position",
            "source.kept.rejected");
  }
}
