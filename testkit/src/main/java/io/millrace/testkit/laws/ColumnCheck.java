package io.millrace.testkit.laws;

import java.util.Optional;

/** When a column's value counts as right. */
@FunctionalInterface
public interface ColumnCheck {
  /**
   * @param actual the value to judge, as {@link io.millrace.view.ViewProgram#evaluate} gives it
   * @param expected the value of plain Spark SQL's one pass over all rows
   * @param twin the value of the same column in the exact twin of the row, if there is a twin
   * @return what is wrong; empty if nothing is
   */
  Optional<String> problem(Object actual, Object expected, Object twin);
}
