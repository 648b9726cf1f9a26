package io.millrace.control.process;

import io.millrace.control.error.Reason;
import io.millrace.control.log.LayerStatus;
import java.util.List;
import java.util.Optional;

/**
 * How a process is, at one moment.
 *
 * @param layer {@code speed}, {@code batch} or {@code serving}
 * @param state as {@link LayerStatus#state}
 * @param problems what needs somebody's attention, in a line or two each
 * @param dead as {@link Layer#dead}
 */
record Health(String layer, String state, List<String> problems, Optional<String> dead) {
  Health {
    problems = problems.stream().map(Reason::brief).toList();
  }

  boolean ready() {
    return LayerStatus.ready(state);
  }
}
