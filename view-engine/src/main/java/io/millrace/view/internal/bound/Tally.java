package io.millrace.view.internal.bound;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.Serializable;
import java.util.function.Supplier;

/** How much the lambdas of one call, or the columns of one row, have made. Thread-confined. */
final class Tally implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String what;
  private final long most;
  private long sum;

  /**
   * @param what for the message
   * @param most bytes or elements
   */
  Tally(String what, long most) {
    this.what = what;
    this.most = most;
  }

  /** Counts from nothing while {@code call} goes on; a call may be within another of its own. */
  <T> T during(Supplier<T> call) {
    long outer = sum;
    sum = 0;
    try {
      return call.get();
    } finally {
      sum = outer;
    }
  }

  void reset() {
    sum = 0;
  }

  /**
   * @throws MillraceException {@code QUERY_LIMIT} past the most
   */
  void add(long size) {
    sum += size;
    if (sum > most) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found %s of more than %d bytes or elements, expected a smaller one; ask for less of it"
              .formatted(what, most));
    }
  }
}
