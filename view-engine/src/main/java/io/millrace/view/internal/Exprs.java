package io.millrace.view.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import scala.Function1;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

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

  /** {@code expression} under the name and id of {@code like}. */
  static NamedExpression named(Expression expression, NamedExpression like) {
    if (expression instanceof NamedExpression named && named.exprId().equals(like.exprId())) {
      return named;
    }
    Expression child = expression instanceof Alias alias ? alias.child() : expression;
    return new Alias(
        child,
        like.name(),
        like.exprId(),
        like.qualifier(),
        Option.empty(),
        Scala.seq(List.of()));
  }

  /** Applies {@code rule} to every node, children first. */
  static Expression transform(Expression expression, UnaryOperator<Expression> rule) {
    return expression.transformUp(
        new AbstractPartialFunction<Expression, Expression>() {
          @Override
          public boolean isDefinedAt(Expression node) {
            return true;
          }

          @Override
          @SuppressWarnings("unchecked")
          public <A extends Expression, B> B applyOrElse(A node, Function1<A, B> otherwise) {
            return (B) rule.apply(node);
          }
        });
  }
}
