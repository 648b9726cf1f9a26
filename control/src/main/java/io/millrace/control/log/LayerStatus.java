package io.millrace.control.log;

import java.time.Instant;
import java.util.Map;

/**
 * What one process says of itself, every few seconds, in the status topic; {@code millrace status}
 * shows it.
 *
 * @param layer {@code speed}, {@code batch} or {@code serving}
 * @param instance names the process: host and pid
 * @param state one word: {@code starting}, {@code running}, {@code degraded}, {@code stopping}
 * @param startedAt when the process started
 * @param at when this was said
 * @param details what the layer counts, by dotted name, such as {@code source.orders.rejected=3};
 *     values are texts for people
 */
public record LayerStatus(
    String layer,
    String instance,
    String state,
    Instant startedAt,
    Instant at,
    Map<String, String> details) {
  public LayerStatus {
    details = Map.copyOf(details);
  }

  /** Whether the layer does its work: fully, or hindered in a part of it. */
  public boolean ready() {
    return ready(state);
  }

  public static boolean ready(String state) {
    return state.equals("running") || state.equals("degraded");
  }
}
