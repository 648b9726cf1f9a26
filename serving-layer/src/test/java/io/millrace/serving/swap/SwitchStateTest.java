package io.millrace.serving.swap;

import static io.millrace.serving.swap.SwitchState.AUDITING;
import static io.millrace.serving.swap.SwitchState.CLOSED;
import static io.millrace.serving.swap.SwitchState.IDLE;
import static io.millrace.serving.swap.SwitchState.LOADED;
import static io.millrace.serving.swap.SwitchState.LOADING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SwitchStateTest {
  private static final Map<SwitchState, Set<SwitchState>> DRAWN =
      Map.of(
          IDLE, Set.of(LOADING, CLOSED),
          LOADING, Set.of(IDLE, LOADED, CLOSED),
          LOADED, Set.of(IDLE, AUDITING, CLOSED),
          AUDITING, Set.of(IDLE, LOADED, CLOSED),
          CLOSED, Set.of());

  @Test
  void shouldMakeTheMovesThatAreDrawnAndRefuseAllOthers() {
    for (SwitchState from : SwitchState.values()) {
      for (SwitchState to : SwitchState.values()) {
        if (DRAWN.get(from).contains(to)) {
          assertThat(from.to(to)).isEqualTo(to);
        } else {
          assertThatThrownBy(() -> from.to(to))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining(from + " to " + to);
        }
      }
    }
  }
}
