package io.millrace.view.spark;

import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.state.StateCodec;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Coalesce;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.KnownNotNull;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression$;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.DeclarativeAggregate;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.ObjectType;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Seq;

/**
 * The Spark plan of a batch view:
 *
 * <ol>
 *   <li>an {@code Aggregate} by the view's grouping expressions, of which each aggregate is wrapped
 *       to give its state ({@link StateAggregate});
 *   <li>a {@code Project} that finishes each state once;
 *   <li>a {@code Project} with the columns of a batch view, where the view's own are NULL if HAVING
 *       drops the row.
 * </ol>
 *
 * Everything below the aggregate is the view's own plan over the given rows, and everything is
 * ordinary Catalyst: Spark optimises, plans and generates code for it as for any query.
 */
final class StatePlan {
  /** Prefix of the batch view's grouping columns, which are numbered from 1. */
  static final String KEY_PREFIX = "_key_";

  /** Prefix of the batch view's state columns, which are numbered from 1. */
  static final String STATE_PREFIX = "_state_";

  private final List<Expression> grouping = new ArrayList<>();
  private final List<NamedExpression> keys = new ArrayList<>();
  private final List<NamedExpression> states = new ArrayList<>();
  private final List<NamedExpression> finished = new ArrayList<>();
  private final Map<ExprId, Expression> replacements = new HashMap<>();

  private StatePlan() {}

  /**
   * @param view a copy that belongs to this call
   * @param input the view's input over the rows to aggregate, instead of over its own leaf
   */
  static LogicalPlan of(
      ViewPlan view, LogicalPlan input, KeyCodec keyCodec, StateCodec stateCodec) {
    StatePlan plan = new StatePlan();
    view.grouping().forEach(plan::addKey);
    view.aggregates().forEach(plan::addAggregate);
    List<NamedExpression> output = new ArrayList<>(plan.keys);
    output.addAll(plan.states);
    LogicalPlan aggregate =
        new Aggregate(Scala.seq(plan.grouping), Scala.seq(output), input, Option.empty());
    List<NamedExpression> evaluated = new ArrayList<>(attributes(output));
    evaluated.addAll(plan.finished);
    LogicalPlan finished = new Project(Scala.seq(evaluated), aggregate);
    return new Project(Scala.seq(plan.columns(view, keyCodec, stateCodec)), finished);
  }

  private void addKey(NamedExpression key) {
    Expression value = key instanceof Alias alias ? alias.child() : (Expression) key;
    grouping.add(value);
    Alias column = alias(value, KEY_PREFIX + (keys.size() + 1));
    keys.add(column);
    replacements.put(key.exprId(), (Expression) column.toAttribute());
  }

  private void addAggregate(AggregateExpression aggregate) {
    AggregateFunction function = aggregate.aggregateFunction();
    AggregateExpression wrapped =
        new AggregateExpression(
            StateAggregate.wrap(function),
            aggregate.mode(),
            // What is accepted with DISTINCT gives the same without.
            false,
            aggregate.filter(),
            NamedExpression$.MODULE$.newExprId());
    Alias state = alias(wrapped, STATE_PREFIX + (states.size() + 1));
    states.add(state);
    Alias result = alias(finish(function, (Expression) state.toAttribute()), "_finished");
    finished.add(result);
    replacements.put(aggregate.resultId(), (Expression) result.toAttribute());
  }

  private static Expression finish(AggregateFunction function, Expression state) {
    if (function instanceof DeclarativeAggregate declarative) {
      Seq<AttributeReference> buffer = declarative.aggBufferAttributes();
      Map<ExprId, Expression> fields = new HashMap<>();
      for (int i = 0; i < buffer.size(); i++) {
        fields.put(buffer.apply(i).exprId(), new GetStructField(state, i, Option.empty()));
      }
      return replace(declarative.evaluateExpression(), fields);
    }
    return invoke(new StateEvaluator(function), "evaluate", function.dataType(), state);
  }

  private List<NamedExpression> columns(ViewPlan view, KeyCodec keyCodec, StateCodec stateCodec) {
    Optional<Expression> visible =
        view.having().stream()
            .<Expression>map(condition -> orFalse(replace(condition, replacements)))
            .reduce(And::new);
    List<NamedExpression> columns = new ArrayList<>();
    for (NamedExpression result : view.results()) {
      Expression value =
          replace(
              result instanceof Alias alias ? alias.child() : (Expression) result, replacements);
      Expression shown =
          visible
              .<Expression>map(keep -> new If(keep, value, nothing(value.dataType())))
              .orElse(value);
      columns.add(alias(shown, result.name()));
    }
    columns.addAll(attributes(keys));
    columns.addAll(attributes(states));
    columns.add(alias(visible.orElseGet(() -> literal(true)), SparkViews.VISIBLE));
    columns.add(alias(bytes(keyCodec, asExpressions(keys)), SparkViews.KEY));
    List<Expression> buffer = new ArrayList<>();
    for (Expression state : asExpressions(states)) {
      int fields = ((StructType) state.dataType()).length();
      for (int i = 0; i < fields; i++) {
        buffer.add(new GetStructField(state, i, Option.empty()));
      }
    }
    columns.add(alias(bytes(stateCodec, buffer), SparkViews.STATE));
    return columns;
  }

  private static Expression orFalse(Expression condition) {
    return new Coalesce(Scala.seq(List.of(condition, literal(false))));
  }

  private static List<Expression> asExpressions(List<NamedExpression> columns) {
    return columns.stream().map(column -> (Expression) column.toAttribute()).toList();
  }

  private static List<NamedExpression> attributes(List<NamedExpression> columns) {
    return columns.stream().map(column -> (NamedExpression) column.toAttribute()).toList();
  }

  private static Expression bytes(Object encoder, List<Expression> values) {
    List<Expression> fields = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      fields.add(literal("f" + i));
      fields.add(values.get(i));
    }
    Expression row = new CreateNamedStruct(Scala.seq(fields));
    return new KnownNotNull(invoke(encoder, "encode", DataTypes.BinaryType, row));
  }

  private static Expression invoke(Object target, String method, DataType type, Expression row) {
    return new Invoke(
        new Literal(target, new ObjectType(target.getClass())),
        method,
        type,
        Scala.seq(List.of(row)),
        Scala.seq(List.of()),
        true,
        true,
        true);
  }

  private static Expression replace(Expression expression, Map<ExprId, Expression> by) {
    return Scala.transformUp(
        expression,
        node ->
            node instanceof AttributeReference attribute
                ? by.getOrDefault(attribute.exprId(), node)
                : node);
  }

  private static Alias alias(Expression child, String name) {
    return new Alias(
        child,
        name,
        NamedExpression$.MODULE$.newExprId(),
        Scala.seq(List.of()),
        Option.empty(),
        Scala.seq(List.of()));
  }

  private static Expression literal(Object value) {
    return Literal$.MODULE$.apply(value);
  }

  private static Expression nothing(DataType type) {
    return new Literal(null, type);
  }
}
