package io.millrace.view.internal.operate;

import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.BindReferences;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.InterpretedPredicate;
import org.apache.spark.sql.catalyst.expressions.InterpretedUnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.package$;

/** Expressions bound to the rows they read. */
public final class Evaluators {
  private Evaluators() {}

  public static BasePredicate predicate(Expression condition, List<Attribute> input) {
    return InterpretedPredicate.apply(bind(condition, input));
  }

  public static UnsafeProjection named(List<NamedExpression> columns, List<Attribute> input) {
    return projection(Exprs.of(columns), input);
  }

  public static UnsafeProjection projection(List<Expression> columns, List<Attribute> input) {
    List<Expression> bound = new ArrayList<>();
    columns.forEach(column -> bound.add(bind(column, input)));
    return InterpretedUnsafeProjection.createProjection(Scala.seq(bound));
  }

  public static List<SortOrder> orders(List<SortOrder> orders, List<Attribute> input) {
    return orders.stream().map(order -> (SortOrder) bind(order, input)).toList();
  }

  private static Expression bind(Expression expression, List<Attribute> input) {
    return BindReferences.<Expression>bindReference(
        expression, package$.MODULE$.AttributeSeq(Scala.seq(input)), false);
  }
}
