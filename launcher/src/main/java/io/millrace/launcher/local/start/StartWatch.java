package io.millrace.launcher.local.start;

import io.millrace.control.config.Durations;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Whether a system that starts still moves: a slow machine is waited for, a standstill is not.
 *
 * <p>A process moves when its state or anything in its status changes, when it logs a line of a
 * kind that it has not logged before (one that fails again and again repeats itself), or when it
 * has used {@link #CPU} of processor time. For one thread.
 */
final class StartWatch {
  /** More than a process uses that only waits and asks, in the default of {@code up.patience}. */
  static final Duration CPU = Duration.ofSeconds(10);

  private final MillraceConfig.Up limits;
  private final long began;
  private final Map<String, Movement> movements = new LinkedHashMap<>();
  private long lastMove;

  /**
   * @param nanos the time, as {@link System#nanoTime}
   */
  StartWatch(MillraceConfig.Up limits, long nanos) {
    this.limits = limits;
    this.began = nanos;
    this.lastMove = nanos;
  }

  /** Takes in what a process shows that is not ready yet. */
  void look(String process, Signs signs, long nanos) {
    if (movements.computeIfAbsent(process, name -> new Movement()).moved(signs)) {
      lastMove = nanos;
    }
  }

  /** The process is not waited for any more. */
  void ready(String process, long nanos) {
    if (movements.remove(process) != null) {
      lastMove = nanos;
    }
  }

  /** What a process that is waited for does, in a line; as far as it says. */
  String doing(String process) {
    Movement movement = movements.get(process);
    return movement == null ? "" : movement.doing();
  }

  /** Since when nothing has moved. */
  Duration still(long nanos) {
    return Duration.ofNanos(nanos - lastMove);
  }

  /**
   * @param logs where the logs are
   * @throws MillraceException {@code NOT_STARTED} if it has taken too long, with what to change
   */
  void check(Path logs, long nanos) {
    Duration took = Duration.ofNanos(nanos - began);
    if (still(nanos).compareTo(limits.patience()) >= 0) {
      throw gaveUp(
          "found no sign that anything moves for " + Durations.format(limits.patience()),
          "up.patience",
          logs);
    }
    if (took.compareTo(limits.limit()) >= 0) {
      throw gaveUp(
          "found it not ready after " + Durations.format(limits.limit()) + ", though it moves",
          "up.limit",
          logs);
    }
  }

  private MillraceException gaveUp(String found, String setting, Path logs) {
    StringBuilder last = new StringBuilder();
    movements.forEach(
        (process, movement) ->
            last.append("\n  ").append(process).append(": ").append(movement.doing()));
    return new MillraceException(
        ErrorCode.NOT_STARTED,
        "cannot start "
            + String.join(", ", new TreeSet<>(movements.keySet()))
            + ": "
            + found
            + ", expected it to be ready; mend what the logs in "
            + logs
            + " say, or set "
            + setting
            + " to more for a slower machine. The last heard:"
            + last);
  }
}
