package io.millrace.view.query;

import java.util.List;
import java.util.Optional;

/** The rows of an answer, pulled one by one. Thread-confined. */
public interface QueryRows {
  /**
   * @return the next row, values as {@link io.millrace.view.ViewProgram#evaluate} gives them; empty
   *     at the end
   * @throws io.millrace.control.error.MillraceException {@code QUERY_LIMIT} past a limit, {@code
   *     BAD_REQUEST} where an expression fails
   */
  Optional<List<Object>> next();

  /** The question's whole time anew: another part of its rows is asked for. */
  void renewTime();
}
