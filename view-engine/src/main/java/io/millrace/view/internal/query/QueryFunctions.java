package io.millrace.view.internal.query;

import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.bound.Bounds;
import io.millrace.view.internal.bound.Sketches;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.analysis.SimpleFunctionRegistry;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedArgumentExpression;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import scala.Function1;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction1;

/**
 * The functions a question may call: Spark's, and {@code MEASURE}. Spark's analyser asks some of
 * them what their constant arguments are, again and again and without a bound; what takes long or
 * may grow is therefore computed, within bounds, before the function sees it. Thread-safe.
 */
final class QueryFunctions {
  private static final FunctionRegistry ALL = make();

  private QueryFunctions() {}

  static FunctionRegistry all() {
    return ALL;
  }

  private static FunctionRegistry make() {
    FunctionRegistry builtin = FunctionRegistry.builtin();
    SimpleFunctionRegistry functions = new SimpleFunctionRegistry();
    for (FunctionIdentifier name : Scala.<FunctionIdentifier>list(builtin.listFunction())) {
      functions.registerFunction(
          name,
          builtin.lookupFunction(name).get(),
          ofBounded(name.funcName(), builtin.lookupFunctionBuilder(name).get()));
    }
    Measure.register(functions);
    return functions;
  }

  private static Function1<Seq<Expression>, Expression> ofBounded(
      String name, Function1<Seq<Expression>, Expression> builder) {
    return new AbstractFunction1<>() {
      @Override
      public Expression apply(Seq<Expression> arguments) {
        Seq<Expression> bounded = Scala.map(arguments, QueryFunctions::bounded);
        Sketches.check(name, bounded);
        return builder.apply(bounded);
      }
    };
  }

  private static Expression bounded(Expression argument) {
    if (argument instanceof NamedArgumentExpression named) {
      return Scala.withChildren(named, Scala.map(named.children(), QueryFunctions::bounded));
    }
    if (argument instanceof Literal
        || !argument.resolved()
        || !argument.foldable()
        || argument.containsPattern(TreePattern.CURRENT_LIKE())) {
      return argument;
    }
    Expression bounded = Exprs.transform(Exprs.replaced(argument), Bounds::node);
    if (!Bounds.isLong(bounded)) {
      return argument;
    }
    try {
      return new Literal(bounded.eval(InternalRow.empty()), argument.dataType());
    } catch (MillraceException e) {
      throw e;
    } catch (Exception e) {
      // It fails at once when it is asked again, and whoever asks knows how to say so.
      return argument;
    }
  }
}
