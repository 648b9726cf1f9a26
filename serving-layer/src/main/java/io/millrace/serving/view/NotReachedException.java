package io.millrace.serving.view;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * That a view has not reached the position that a question names. Who asked can wait, holding
 * nothing, and ask again: {@link #mayHaveArrived}.
 */
public final class NotReachedException extends MillraceException {
  private static final long serialVersionUID = 1L;

  private final transient Arrivals arrivals;
  private final transient Arrivals.Wait wait;
  private final Duration timeout;

  NotReachedException(String message, Arrivals arrivals, Arrivals.Wait wait, Duration timeout) {
    super(ErrorCode.NOT_REACHED, message);
    this.arrivals = arrivals;
    this.wait = wait;
    this.timeout = timeout;
  }

  /** How long the question may wait in all, from when it was first asked. */
  public Duration timeout() {
    return timeout;
  }

  /**
   * Completes when it is worth asking again, or when time is up. Its callbacks are to be short.
   *
   * @param untilNanos of {@link System#nanoTime}
   * @param bytes what the question holds meanwhile, about
   * @return exceptionally {@code BAD_REQUEST} if the position cannot be reached, {@code BUSY} if
   *     too many wait already
   */
  public CompletableFuture<Void> mayHaveArrived(long untilNanos, long bytes) {
    return arrivals.await(wait, untilNanos, bytes);
  }
}
