package io.millrace.control.process;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Ends a process that nothing but a restart helps, so that whoever supervises it starts it again:
 * not every supervisor asks for liveness. Used by one thread.
 */
final class DeathWatch {
  /** A health check sees it first, and may be quicker. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String layer;
  private final Supplier<Optional<String>> dead;
  private final Consumer<MillraceException> end;
  private final long patienceNanos;
  private Optional<Long> since = Optional.empty();

  /**
   * @param dead as {@link Layer#dead}
   * @param end told once it has been dead for all of the patience
   */
  DeathWatch(
      String layer,
      Supplier<Optional<String>> dead,
      Consumer<MillraceException> end,
      Duration patience) {
    this.layer = layer;
    this.dead = dead;
    this.end = end;
    this.patienceNanos = patience.toNanos();
  }

  /**
   * Looks, as is done again and again.
   *
   * @param nanos the time, as {@link System#nanoTime}
   */
  void look(long nanos) {
    Optional<String> reason = dead.get();
    if (reason.isEmpty()) {
      since = Optional.empty();
      return;
    }
    if (since.isEmpty()) {
      since = Optional.of(nanos);
    }
    if (nanos - since.get() >= patienceNanos) {
      end.accept(
          new MillraceException(
              ErrorCode.INTERNAL,
              "cannot go on: found the "
                  + layer
                  + " layer dead ("
                  + reason.get()
                  + "), expected it to live; it ends, to be started again by its supervisor"));
    }
  }
}
