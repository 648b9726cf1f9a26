package io.millrace.batch.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.batch.Orders;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.ViewDefinition;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FirstRunsTest {
  private static final ViewDefinition VIEW = Orders.view(Orders.source("t"));
  private static final ControlState WITH =
      new ControlState(Map.of(), Map.of(VIEW.id(), VIEW), Map.of(), Map.of(), Map.of(), Map.of());

  /** It has live state, and no status is asked for. */
  private final FirstRuns runs =
      new FirstRuns(
          view -> Map.of(0, BoundariesTest.progress(0, List.of(0L), 5)),
          null,
          Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));

  @Test
  void shouldWaitAfterAFailureAndNotOnceTheViewWasDroppedAndAppliedAgain() {
    assertThat(runs.due(WITH)).containsExactly(VIEW.name());
    runs.failed(VIEW);
    assertThat(runs.due(WITH)).isEmpty();

    assertThat(runs.due(ControlState.EMPTY)).isEmpty();
    assertThat(runs.due(WITH)).as("it begins anew").containsExactly(VIEW.name());
  }
}
