package io.millrace.view.internal.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.time.DateTimeException;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.SparkThrowable;
import scala.NotImplementedError;

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
              + " ones; ask for fewer or shorter values",
          e);
    } catch (Exception | LinkageError | AssertionError | NotImplementedError e) {
      if (e instanceof SparkThrowable
          || e instanceof IllegalArgumentException
          || e instanceof DateTimeException
          || e instanceof ArithmeticException
          || e instanceof UnsupportedOperationException
          || isOfSpark(e)) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot answer: found that an expression fails: "
                + QueryErrors.firstLine(Optional.ofNullable(e.getMessage()).orElse(e.toString()))
                + ", expected a value for every row; filter such rows out, or use a try_ function",
            e);
      }
      throw e;
    }
  }

  /** Whether it was thrown below an expression of Spark's, and not below what is ours. */
  private static boolean isOfSpark(Throwable e) {
    for (StackTraceElement frame : e.getStackTrace()) {
      if (frame.getClassName().startsWith("org.apache.spark.")) {
        return true;
      }
      if (frame.getClassName().startsWith("io.millrace.")) {
        return false;
      }
    }
    return false;
  }
}
