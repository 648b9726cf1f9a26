package io.millrace.launcher.client;

import io.millrace.control.log.LayerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Which processes say nothing any more. Stateless. */
public final class Silence {
  /** A process says how it is every 2 s, on a busy machine a few seconds later. */
  public static final Duration AFTER = Duration.ofSeconds(15);

  private Silence() {}

  /**
   * @param read when its status was read
   */
  public static boolean of(LayerStatus status, Instant read) {
    return Duration.between(status.at(), read).compareTo(AFTER) > 0;
  }

  /** Whether no process of the layer has said anything lately. */
  public static boolean of(String layer, List<LayerStatus> statuses, Instant read) {
    return statuses.stream().noneMatch(status -> status.layer().equals(layer) && !of(status, read));
  }
}
