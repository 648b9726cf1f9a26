package io.millrace.view.internal.operate;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.query.QueryLimits;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What a question may still take of time and memory. Its clock runs while it works, not while
 * whoever reads the answer takes a row away. Thread-confined.
 */
public final class Budget {
  private static final int CLOCK_EVERY = 64;

  private static final ThreadLocal<Budget> CURRENT = new ThreadLocal<>();

  private final QueryLimits limits;
  private final LongSupplier nanoTime;

  /** What its work took until it was left last. */
  private long spentNanos;

  private long sinceNanos;
  private long held;
  private int ticks;

  public Budget(QueryLimits limits, LongSupplier nanoTime) {
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.sinceNanos = nanoTime.getAsLong();
  }

  /** The budget of the question that this thread is at, for expressions. */
  public static Optional<Budget> current() {
    return Optional.ofNullable(CURRENT.get());
  }

  /** Does a part of the question's work. */
  public <T> T during(Supplier<T> work) {
    Budget outer = CURRENT.get();
    if (outer == this) {
      return work.get();
    }
    sinceNanos = nanoTime.getAsLong();
    CURRENT.set(this);
    try {
      return work.get();
    } finally {
      spentNanos += nanoTime.getAsLong() - sinceNanos;
      if (outer == null) {
        CURRENT.remove();
      } else {
        CURRENT.set(outer);
      }
    }
  }

  /** Its whole time anew, for another part of the answer. */
  public void renewTime() {
    spentNanos = 0;
  }

  /**
   * Called for each row of each step.
   *
   * @throws MillraceException {@code QUERY_LIMIT} past the time
   */
  public void tick() {
    if (++ticks % CLOCK_EVERY == 0) {
      checkTime();
    }
  }

  /**
   * @throws MillraceException {@code QUERY_LIMIT} past the time
   */
  public void checkTime() {
    if (spentNanos + nanoTime.getAsLong() - sinceNanos > limits.time().toNanos()) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found the question at work for more than "
              + limits.time().toMillis()
              + " ms, expected it done by then; ask for fewer groups with conditions on leading"
              + " group columns (EXPLAIN says which are read), or raise serving.sql.time");
    }
  }

  /**
   * Counts bytes that a step now holds, or holds no more.
   *
   * @throws MillraceException {@code QUERY_LIMIT} past the memory
   */
  public void hold(long bytes, String what) {
    held += bytes;
    if (held > limits.bytes()) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found more than "
              + limits.bytes()
              + " bytes of "
              + what
              + " to hold, expected fewer; ask for fewer rows with WHERE or LIMIT, group by fewer"
              + " columns, or raise serving.sql.memory");
    }
  }
}
