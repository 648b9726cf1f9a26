package io.millrace.view.internal.planner;

import io.millrace.view.internal.tree.Exprs;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;

/** Conditions taken apart. Stateless. */
final class Conditions {
  private Conditions() {}

  /** Those that all hold where it holds. */
  static List<Expression> of(Expression condition) {
    List<Expression> parts = new ArrayList<>();
    split(condition, parts);
    return parts;
  }

  private static void split(Expression condition, List<Expression> into) {
    if (condition instanceof And and) {
      split(and.left(), into);
      split(and.right(), into);
    } else {
      into.add(condition);
    }
  }

  /** The columns that an expression reads. */
  static Set<ExprId> reads(Expression expression) {
    Set<ExprId> ids = new HashSet<>();
    Exprs.attributes(expression).forEach(attribute -> ids.add(attribute.exprId()));
    return ids;
  }

  static Set<ExprId> ids(List<Attribute> columns) {
    Set<ExprId> ids = new HashSet<>();
    columns.forEach(column -> ids.add(column.exprId()));
    return ids;
  }
}
