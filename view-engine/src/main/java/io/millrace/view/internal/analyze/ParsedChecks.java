package io.millrace.view.internal.analyze;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.tree.Origins;
import io.millrace.view.internal.tree.Scala;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.expressions.WindowExpression;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;
import org.apache.spark.sql.catalyst.plans.logical.Pivot;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.catalyst.trees.TreeNode;
import org.apache.spark.sql.types.StringType;
import scala.jdk.javaapi.CollectionConverters;

/** Refuses what analysis would rewrite beyond recognition, or lose the place of. */
final class ParsedChecks {
  private static final Pattern MOVING_LITERAL =
      Pattern.compile("(?is).*'\\s*(now|today|tomorrow|yesterday)\\s*'.*");

  private final String view;

  ParsedChecks(String view) {
    this.view = view;
  }

  /**
   * @throws MillraceException {@code INVALID_SQL}, {@code NOT_SUPPORTED} or {@code NOT_MERGEABLE}
   */
  void check(LogicalPlan plan) {
    if (plan instanceof Command || plan instanceof ParsedStatement) {
      throw Origins.error(
          ErrorCode.INVALID_SQL,
          view,
          plan,
          "the statement " + plan.nodeName(),
          "a SELECT",
          "write one SELECT after AS");
    }
    if (plan instanceof Pivot) {
      throw refuse(
          plan, "PIVOT", "GROUP BY", "write an aggregate with FILTER (WHERE …) per pivot value");
    }
    if (plan instanceof UnresolvedWith with) {
      CollectionConverters.asJava(with.cteRelations()).forEach(relation -> check(relation._2()));
    }
    CollectionConverters.asJava(plan.expressions()).forEach(this::check);
    CollectionConverters.asJava(plan.children()).forEach(this::check);
  }

  private void check(Expression e) {
    if (e instanceof SubqueryExpression) {
      throw refuse(
          e,
          "sub-query " + text(e),
          "expressions over the columns of one record",
          "put what the view needs into the source's records");
    }
    if (e instanceof WindowExpression) {
      throw refuse(
          e,
          "window function " + text(e),
          "aggregates over groups",
          "group by window(…) for windows of time, or rank what you query");
    }
    if (e instanceof UnresolvedFunction function && isSessionWindow(function)) {
      throw Origins.error(
          ErrorCode.NOT_MERGEABLE,
          view,
          e,
          text(e) + ", whose windows grow together as records arrive",
          "windows that follow from each record alone",
          "use window(…), tumbling or sliding");
    }
    if (e instanceof Literal && MOVING_LITERAL.matcher(text(e)).matches() && !isText(e)) {
      throw refuse(
          e,
          text(e) + ", which depends on when it is computed",
          "an expression of the record alone",
          "use a column such as kafka_timestamp, or filter what you query");
    }
    CollectionConverters.asJava(e.children()).forEach(this::check);
  }

  private static boolean isText(Expression literal) {
    return literal.dataType() instanceof StringType;
  }

  private static boolean isSessionWindow(UnresolvedFunction function) {
    List<String> parts = Scala.list(function.nameParts());
    return parts.get(parts.size() - 1).equalsIgnoreCase("session_window");
  }

  private static String text(Expression e) {
    return Origins.text(e, e.nodeName());
  }

  private MillraceException refuse(TreeNode<?> at, String found, String expected, String instead) {
    return Origins.error(ErrorCode.NOT_SUPPORTED, view, at, found, expected, instead);
  }
}
