package io.millrace.view.internal.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.view.internal.analyze.Analyzers;
import io.millrace.view.internal.shape.InputRules;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.QueryPlanningTracker;
import org.apache.spark.sql.catalyst.analysis.NamedParameter;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias$;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.types.DataTypes;
import scala.Option;
import scala.Tuple3;
import scala.jdk.javaapi.CollectionConverters;

/** Resolves a parsed question over its views, with Spark's own analyser and no session. */
public final class QueryAnalyzer {
  private final Map<String, Relation> relations;
  private final Map<String, Object> parameters;

  /**
   * @param relations by name in lower case
   */
  public QueryAnalyzer(Map<String, Relation> relations, Map<String, Object> parameters) {
    this.relations = relations;
    this.parameters = parameters;
  }

  /** The analysed plan, common table expressions in their place. */
  public LogicalPlan analyze(QueryText text) {
    new Widths(relations).check(text.plan());
    LogicalPlan named =
        QueryText.replaced(
            withParameters(text.plan()),
            Set.of(),
            relation -> {
              Relation read = relations.get(QueryText.folded(QueryText.name(relation)));
              return SubqueryAlias$.MODULE$.apply(read.name(), read.leaf());
            });
    LogicalPlan analyzed = analyzed(named);
    Widths.checkTypes(analyzed);
    return InputRules.inlineWith(analyzed);
  }

  private static LogicalPlan analyzed(LogicalPlan plan) {
    try {
      return Analyzers.of(QueryFunctions.all())
          .executeAndCheck(plan, new QueryPlanningTracker(Option.empty()));
    } catch (Exception e) {
      // Scala's checked exceptions are not declared.
      if (e instanceof AnalysisException analysis) {
        throw QueryErrors.analysis(analysis);
      }
      throw e;
    }
  }

  private LogicalPlan withParameters(LogicalPlan plan) {
    LogicalPlan own =
        (LogicalPlan)
            plan.mapExpressions(
                new scala.runtime.AbstractFunction1<Expression, Expression>() {
                  @Override
                  public Expression apply(Expression expression) {
                    return Exprs.transform(expression, QueryAnalyzer.this::withParameter);
                  }
                });
    if (own instanceof UnresolvedWith with) {
      List<Tuple3<String, SubqueryAlias, Option<Object>>> parts = new java.util.ArrayList<>();
      for (Tuple3<String, SubqueryAlias, Option<Object>> part :
          CollectionConverters.asJava(with.cteRelations())) {
        parts.add(new Tuple3<>(part._1(), (SubqueryAlias) withParameters(part._2()), part._3()));
      }
      return new UnresolvedWith(
          withParameters(with.child()), Scala.seq(parts), with.allowRecursion());
    }
    List<LogicalPlan> children = Scala.list(own.children());
    return children.isEmpty()
        ? own
        : own.withNewChildren(Scala.seq(children.stream().map(this::withParameters).toList()));
  }

  private Expression withParameter(Expression e) {
    if (!(e instanceof NamedParameter parameter)) {
      return e;
    }
    if (!parameters.containsKey(parameter.name())) {
      throw QueryErrors.refused(
          ErrorCode.BAD_REQUEST,
          e,
          "parameter :" + parameter.name() + " without a value",
          "a value for it in parameters " + parameters.keySet(),
          parameters.isEmpty()
              ? "give it one"
              : QueryErrors.nearest(parameter.name(), parameters.keySet()));
    }
    return literal(parameters.get(parameter.name()));
  }

  private static Expression literal(Object value) {
    if (value == null) {
      return Literal.create(null, DataTypes.NullType);
    }
    if (value instanceof BigDecimal decimal) {
      return Literal$.MODULE$.apply(org.apache.spark.sql.types.Decimal.apply(decimal));
    }
    return Literal$.MODULE$.apply(value);
  }
}
