package io.millrace.view.query;

import java.util.List;
import java.util.OptionalInt;

/** How a question is answered. Runs once, on one thread. */
public interface QueryPlan {
  /**
   * @param name as the question names it
   * @param type Spark SQL type
   */
  record Column(String name, String type) {}

  /**
   * A step in words, the last one first.
   *
   * @param depth how many steps it feeds on its way to the answer
   * @param text for people
   * @param scan index of the scan that this step is
   */
  record Line(int depth, String text, OptionalInt scan) {}

  List<Column> columns();

  /** What it reads. */
  List<ScanPlan> scans();

  List<Line> steps();

  /** What whoever reads the answer should know of it, in words. */
  List<String> notes();

  /**
   * Starts it.
   *
   * @param inputs one for each of {@link #scans}; they stay the caller's
   * @throws IllegalStateException if it ran already
   */
  QueryRows open(List<ScanInput> inputs, QueryLimits limits);
}
