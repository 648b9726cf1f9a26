package io.millrace.view.internal.tree;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import scala.Option;
import scala.PartialFunction;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.OptionConverters;
import scala.runtime.AbstractPartialFunction;

/** Scala's collections and Catalyst's trees from Java. Stateless. */
public final class Scala {
  private Scala() {}

  public static <T> List<T> list(scala.collection.Seq<? extends T> seq) {
    return List.copyOf(CollectionConverters.asJava(seq));
  }

  @SuppressWarnings("unchecked")
  public static <T> Seq<T> seq(List<? extends T> list) {
    return (Seq<T>) CollectionConverters.asScala(list).toList();
  }

  public static <T> Optional<T> optional(Option<T> option) {
    return OptionConverters.toJava(option);
  }

  public static <A, B> Seq<B> map(Seq<A> seq, java.util.function.Function<A, B> function) {
    return seq(list(seq).stream().map(function).toList());
  }

  public static Expression withChildren(Expression expression, Seq<Expression> children) {
    return (Expression) expression.withNewChildren(children);
  }

  /**
   * The expression with each attribute of {@code from} replaced by its counterpart in {@code to}.
   */
  public static Expression replaceAttributes(
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

  public static Expression transformUp(Expression expression, UnaryOperator<Expression> rule) {
    return (Expression) expression.transformUp(partial(rule));
  }

  public static Expression transformDown(Expression expression, UnaryOperator<Expression> rule) {
    return (Expression) expression.transformDown(partial(rule));
  }

  /** A Scala partial function that is defined where the rule returns another object. */
  public static <T> PartialFunction<T, T> partial(UnaryOperator<T> rule) {
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
