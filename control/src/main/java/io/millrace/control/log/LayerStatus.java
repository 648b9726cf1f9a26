package io.millrace.control.log;

import io.millrace.control.error.Reason;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

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
 *     values are texts for people, never more than a line or two; {@code error.<what>} is what is
 *     wrong with it
 */
public record LayerStatus(
    String layer,
    String instance,
    String state,
    Instant startedAt,
    Instant at,
    Map<String, String> details) {
  private static final String ERROR = "error.";

  public LayerStatus {
    details =
        details.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Map.Entry::getKey, detail -> brief(detail.getKey(), detail.getValue())));
  }

  /** Positions may be long, but texts are for people, and each is a part of one small record. */
  private static String brief(String key, String text) {
    return key.startsWith(ERROR) || text.contains("\n") ? Reason.brief(text) : text;
  }

  /** What is wrong, by what it is wrong with: {@code source.orders}, {@code view.sales}. */
  public Map<String, String> errors() {
    return details.entrySet().stream()
        .filter(detail -> detail.getKey().startsWith(ERROR))
        .collect(
            Collectors.toMap(
                detail -> detail.getKey().substring(ERROR.length()),
                Map.Entry::getValue,
                (one, other) -> one,
                TreeMap::new));
  }

  /** Whether the layer does its work: fully, or hindered in a part of it. */
  public boolean ready() {
    return ready(state);
  }

  public static boolean ready(String state) {
    return state.equals("running") || state.equals("degraded");
  }
}
