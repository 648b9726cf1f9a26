package io.millrace.view.internal.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import scala.Function1;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/** Small helpers over Catalyst expressions. */
public final class Exprs {
  private Exprs() {}

  /** Named expressions are expressions, which Java cannot see in their Scala type. */
  public static List<Expression> of(scala.collection.Seq<NamedExpression> named) {
    return of(CollectionConverters.asJava(named));
  }

  public static List<Expression> of(List<NamedExpression> named) {
    List<Expression> expressions = new ArrayList<>(named.size());
    for (NamedExpression expression : named) {
      expressions.add((Expression) expression);
    }
    return expressions;
  }

  /** {@code expression} under the name and id of {@code like}. */
  public static NamedExpression named(Expression expression, NamedExpression like) {
    if (expression instanceof NamedExpression named && named.exprId().equals(like.exprId())) {
      return named;
    }
    Expression child = expression instanceof Alias alias ? alias.child() : expression;
    return new Alias(
        child, like.name(), like.exprId(), like.qualifier(), Option.empty(), Scala.seq(List.of()));
  }

  public static List<Expression> ofAggregates(List<AggregateExpression> aggregates) {
    return List.copyOf(aggregates);
  }

  /** {@code child} under a name and a new id. */
  public static Alias alias(Expression child, String name) {
    return alias(child, name, NamedExpression.newExprId());
  }

  /** {@code named} under another name; a plain attribute keeps its own. */
  public static NamedExpression renamed(NamedExpression named, String name) {
    return named instanceof Alias alias ? alias(alias.child(), name, alias.exprId()) : named;
  }

  private static Alias alias(Expression child, String name, ExprId id) {
    return new Alias(child, name, id, Scala.seq(List.of()), Option.empty(), Scala.seq(List.of()));
  }

  /** The attributes an expression reads, each as often as it is read. */
  public static List<AttributeReference> attributes(Expression expression) {
    List<AttributeReference> found = new ArrayList<>();
    visit(
        expression,
        node -> {
          if (node instanceof AttributeReference attribute) {
            found.add(attribute);
          }
        });
    return found;
  }

  /** Calls {@code visitor} with every node, parents first. */
  static void visit(Expression expression, Consumer<Expression> visitor) {
    visitor.accept(expression);
    for (Expression child : CollectionConverters.asJava(expression.children())) {
      visit(child, visitor);
    }
  }

  /** Applies {@code rule} to every node, children first. */
  public static Expression transform(Expression expression, UnaryOperator<Expression> rule) {
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
