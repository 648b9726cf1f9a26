package io.millrace.serving.view;

import static io.millrace.serving.view.ViewState.COMPILING;
import static io.millrace.serving.view.ViewState.FAILED;
import static io.millrace.serving.view.ViewState.RETIRED;
import static io.millrace.serving.view.ViewState.SERVED;
import static io.millrace.serving.view.ViewState.TOOK_OVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ViewStateTest {
  private static final Map<ViewState, Set<ViewState>> DRAWN =
      Map.of(
          COMPILING, Set.of(SERVED, FAILED, RETIRED),
          SERVED, Set.of(TOOK_OVER, RETIRED),
          TOOK_OVER, Set.of(RETIRED),
          FAILED, Set.of(RETIRED),
          RETIRED, Set.of());

  @Test
  void shouldMakeTheMovesThatAreDrawnAndRefuseAllOthers() {
    for (ViewState from : ViewState.values()) {
      for (ViewState to : ViewState.values()) {
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
