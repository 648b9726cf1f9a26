package io.millrace.control.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.model.RunRecord.Status;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunRecordTest {
  @Test
  void shouldAllowTheTransitionsThatAreDrawnAndNoOther() {
    assertThat(Status.values()).allMatch(Status.STARTED::mayBecome);
    assertThat(Status.FAILED.mayBecome(Status.COMPLETED)).isTrue();
    assertThat(Status.FAILED.mayBecome(Status.STARTED)).isFalse();
    assertThat(Status.COMPLETED.mayBecome(Status.FAILED)).isFalse();
    assertThat(Status.COMPLETED.mayBecome(Status.STARTED)).isFalse();
    assertThat(Status.values()).allMatch(status -> status.mayBecome(status));
  }

  @Test
  void shouldRefuseToFailARunThatIsComplete() {
    RunRecord failed = run(Status.STARTED).failed(Instant.EPOCH, "the disk is full");

    assertThat(failed.status()).isEqualTo(Status.FAILED);
    assertThat(failed.error()).contains("the disk is full");
    assertThatThrownBy(() -> run(Status.COMPLETED).failed(Instant.EPOCH, "too late"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("cannot announce run r1 as FAILED: found it COMPLETED already");
  }

  private static RunRecord run(Status status) {
    return new RunRecord(
        "r1",
        "v",
        "1",
        RunRecord.Kind.FULL,
        status,
        Position.of(Map.of(0, 1L)),
        7,
        "views.v_1",
        Optional.empty(),
        -1,
        Instant.EPOCH,
        Optional.empty(),
        "request",
        Optional.empty());
  }
}
