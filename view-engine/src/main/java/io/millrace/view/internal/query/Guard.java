package io.millrace.view.internal.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.time.DateTimeException;
import java.util.function.Supplier;
import org.apache.spark.SparkThrowable;

/**
 * Where a question's own fault becomes its answer: an expression that fails on a row, a tree that
 * is too deep for the stack, a value that is too large for the heap.
 */
public final class Guard {
  private Guard() {}

  public static <T> T run(Supplier<T> work) {
    try {
      return work.get();
    } catch (MillraceException e) {
      throw e;
    } catch (StackOverflowError e) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found expressions or sub-selects nested too deep, expected a flatter"
              + " question; write long OR chains as IN (…)");
    } catch (OutOfMemoryError e) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found a value too large for this process's memory, expected smaller"
              + " ones; ask for fewer or shorter values");
    } catch (Exception e) {
      if (e instanceof SparkThrowable
          || e instanceof IllegalArgumentException
          || e instanceof DateTimeException
          || e instanceof ArithmeticException
          || e instanceof UnsupportedOperationException) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot answer: found that an expression fails: "
                + QueryErrors.firstLine(e.getMessage())
                + ", expected a value for every row; filter such rows out, or use a try_ function",
            e);
      }
      throw e;
    }
  }
}
