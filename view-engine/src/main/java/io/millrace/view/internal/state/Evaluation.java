package io.millrace.view.internal.state;

import io.millrace.view.internal.tree.Scala;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.BindReferences;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.InterpretedMutableProjection;
import org.apache.spark.sql.catalyst.expressions.InterpretedPredicate;
import org.apache.spark.sql.catalyst.expressions.MutableProjection;
import org.apache.spark.sql.catalyst.expressions.Predicate$;
import org.apache.spark.sql.catalyst.expressions.package$;

/** How expressions are evaluated. */
enum Evaluation {
  /** By generated code: for what runs for long. */
  GENERATED {
    @Override
    MutableProjection projection(List<Expression> expressions, List<Attribute> input) {
      return MutableProjection.create(Scala.seq(expressions), Scala.seq(input));
    }

    @Override
    BasePredicate predicate(Expression condition, List<Attribute> input) {
      return Predicate$.MODULE$.create(condition, Scala.seq(input));
    }
  },
  /** As they are: for what runs once. */
  INTERPRETED {
    @Override
    MutableProjection projection(List<Expression> expressions, List<Attribute> input) {
      return new InterpretedMutableProjection(Scala.seq(expressions), Scala.seq(input));
    }

    @Override
    BasePredicate predicate(Expression condition, List<Attribute> input) {
      return InterpretedPredicate.apply(
          BindReferences.<Expression>bindReference(
              condition, package$.MODULE$.AttributeSeq(Scala.seq(input)), false));
    }
  };

  abstract MutableProjection projection(List<Expression> expressions, List<Attribute> input);

  abstract BasePredicate predicate(Expression condition, List<Attribute> input);
}
