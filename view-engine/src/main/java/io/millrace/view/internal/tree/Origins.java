package io.millrace.view.internal.tree;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.trees.Origin;
import org.apache.spark.sql.catalyst.trees.TreeNode;

/** Builds errors that point at a place in a view's SQL. Lines and columns count from 1. */
public final class Origins {
  private static final int LONGEST_QUOTE = 120;

  private Origins() {}

  /**
   * "cannot compile view V: line L, column C: found `text`, expected …; do …".
   *
   * @param expected what stands there in a view that compiles
   * @param instead what to write
   */
  public static MillraceException error(
      ErrorCode code,
      String view,
      TreeNode<?> at,
      String described,
      String expected,
      String instead) {
    return new MillraceException(
        code,
        "cannot compile view %s: %sfound %s, expected %s; %s"
            .formatted(view, place(at.origin()), described, expected, instead));
  }

  /** The node's own SQL as written, or {@code otherwise} where it has none. */
  public static String text(TreeNode<?> node, String otherwise) {
    return written(node.origin()).map(t -> "`" + t + "`").orElse(otherwise);
  }

  /** An expression's SQL as written, without quotes; columns by their name. */
  public static String plain(Expression expression) {
    // The analyser shares attributes between places, so that theirs is not to be believed.
    return expression instanceof Attribute attribute
        ? attribute.name()
        : written(expression.origin()).orElse(expression.sql());
  }

  public static Optional<String> written(Origin origin) {
    if (origin.sqlText().isEmpty() || origin.startIndex().isEmpty()) {
      return Optional.empty();
    }
    String sql = origin.sqlText().get();
    int start = (Integer) origin.startIndex().get();
    int stop = (Integer) origin.stopIndex().get();
    if (start < 0 || stop < start || stop >= sql.length()) {
      return Optional.empty();
    }
    String text = sql.substring(start, stop + 1).strip().replaceAll("\\s+", " ");
    return Optional.of(
        text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "…");
  }

  /** {@code "line 2, column 5: "}, or nothing where the place is not known. */
  public static String place(Origin origin) {
    if (origin.line().isEmpty() || origin.startPosition().isEmpty()) {
      return "";
    }
    int column = (Integer) origin.startPosition().get();
    return "line %d, column %d: ".formatted((Integer) origin.line().get(), column + 1);
  }
}
