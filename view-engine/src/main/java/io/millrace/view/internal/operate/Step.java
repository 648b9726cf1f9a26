package io.millrace.view.internal.operate;

import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.catalyst.expressions.Attribute;

/**
 * A step of a plan. Its expressions are evaluated as they are, not as generated code: a question is
 * asked once, and generating, compiling and loading a class takes longer than most answers.
 */
public interface Step {
  /** What its rows hold. */
  List<Attribute> output();

  /** The steps it pulls from. */
  List<Step> inputs();

  /** In words. */
  String text();

  /** Which scan this is, if it is one. */
  default OptionalInt scan() {
    return OptionalInt.empty();
  }

  /** Told by a join of a row that found none of these rows by its key, which is not NULL. */
  default void missed(Run run) {}

  /** Starts it and the steps it pulls from. */
  Rows open(Run run);
}
