package io.millrace.view.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import scala.PartialFunction;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/** Catalyst trees from Java. */
final class Trees {
  private Trees() {}

  static <T> Seq<T> seq(List<? extends T> list) {
    return CollectionConverters.<T>asScala(new ArrayList<T>(list)).toSeq();
  }

  static <T> List<T> list(scala.collection.Seq<T> seq) {
    return new ArrayList<>(CollectionConverters.asJava(seq));
  }

  static <A, B> Seq<B> map(Seq<A> seq, java.util.function.Function<A, B> function) {
    return seq(list(seq).stream().map(function).toList());
  }

  static Expression withChildren(Expression expression, Seq<Expression> children) {
    return (Expression) expression.withNewChildren(children);
  }

  /**
   * The expression with each attribute of {@code from} replaced by its counterpart in {@code to}.
   */
  static Expression replaceAttributes(
      Expression expression, Seq<AttributeReference> from, Seq<AttributeReference> to) {
    List<AttributeReference> old = list(from);
    return transformUp(
        expression,
        node -> {
          if (node instanceof AttributeReference attribute) {
            for (int i = 0; i < old.size(); i++) {
              if (old.get(i).exprId().equals(attribute.exprId())) {
                return to.apply(i);
              }
            }
          }
          return node;
        });
  }

  static Expression transformUp(Expression expression, UnaryOperator<Expression> rule) {
    return (Expression) expression.transformUp(partial(rule));
  }

  static Expression transformDown(Expression expression, UnaryOperator<Expression> rule) {
    return (Expression) expression.transformDown(partial(rule));
  }

  /** A Scala partial function that is defined where the rule returns another object. */
  static <T> PartialFunction<T, T> partial(UnaryOperator<T> rule) {
    return new AbstractPartialFunction<T, T>() {
      @Override
      public boolean isDefinedAt(T value) {
        return rule.apply(value) != value;
      }

      @Override
      public <A extends T, B> B applyOrElse(A value, scala.Function1<A, B> otherwise) {
        T result = rule.apply(value);
        @SuppressWarnings("unchecked")
        B answer = result == value ? otherwise.apply(value) : (B) result;
        return answer;
      }
    };
  }
}
