package io.millrace.launcher.local;

import io.millrace.control.log.LayerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which status is a process's own. Statuses outlive who said them, a broker may have those of other
 * hosts, and process ids come again.
 */
final class OwnStatus {
  /** What the system's idea of when a process began may be off by. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  private OwnStatus() {}

  /**
   * @param instance as the process names itself
   * @param began when the process did; empty if the system does not say
   */
  static Optional<LayerStatus> find(
      List<LayerStatus> statuses, String layer, String instance, Optional<Instant> began) {
    Instant earliest = began.map(at -> at.minus(SLACK)).orElse(Instant.MIN);
    return statuses.stream()
        .filter(status -> status.layer().equals(layer))
        .filter(status -> status.instance().equals(instance))
        .filter(status -> !status.at().isBefore(earliest))
        .findFirst();
  }
}
