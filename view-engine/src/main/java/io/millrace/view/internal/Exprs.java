package io.millrace.view.internal;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import scala.jdk.javaapi.CollectionConverters;

/** Small helpers over Catalyst expressions. */
final class Exprs {
  private Exprs() {}

  /** Named expressions are expressions, which Java cannot see in their Scala type. */
  static List<Expression> of(scala.collection.Seq<NamedExpression> named) {
    return of(CollectionConverters.asJava(named));
  }

  static List<Expression> of(List<NamedExpression> named) {
    List<Expression> expressions = new ArrayList<>(named.size());
    for (NamedExpression expression : named) {
      expressions.add((Expression) expression);
    }
    return expressions;
  }
}
