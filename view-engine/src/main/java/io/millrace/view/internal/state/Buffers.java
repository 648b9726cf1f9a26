package io.millrace.view.internal.state;

import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.BindReferences;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.MutableProjection;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.apache.spark.sql.catalyst.expressions.aggregate.DeclarativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.ImperativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.NoOp$;
import org.apache.spark.sql.catalyst.expressions.aggregate.TypedImperativeAggregate;
import org.apache.spark.sql.catalyst.expressions.package$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.ObjectType;
import scala.collection.immutable.Seq;

/**
 * The aggregate functions of a view at work on buffers: what Spark's aggregation iterators do, on
 * rows that are pushed.
 *
 * <p>A buffer holds the buffer columns of each aggregate side by side. All declarative aggregates
 * are updated by one generated projection; the others one by one. Where every column has a fixed
 * width the buffer is an {@link UnsafeRow}, which is also its encoding.
 *
 * <p>Not thread-safe.
 */
public final class Buffers {
  private static final DataType OBJECT = new ObjectType(Object.class);

  private final DataType[] types;
  private final Seq<DataType> typeList;
  private final boolean fixedWidth;
  private final UnsafeProjection toUnsafe;
  private final MutableProjection initialize;
  private final MutableProjection update;
  private final MutableProjection merge;
  private final MutableProjection evaluate;
  private final List<Imperative> imperatives = new ArrayList<>();
  private final boolean[] isTyped;
  private final SpecificInternalRow results;
  private final boolean declarative;
  private final UnsafeRow empty;
  private final JoinedRow joined = new JoinedRow();

  /** An imperative aggregate, bound, with its place in the buffer and in the results. */
  private record Imperative(
      ImperativeAggregate function,
      BasePredicate filter,
      int column,
      int result,
      boolean measured) {
    boolean isTyped() {
      return function instanceof TypedImperativeAggregate<?>;
    }

    TypedCell cell(InternalRow buffer) {
      return (TypedCell) buffer.get(column, OBJECT);
    }

    @SuppressWarnings("unchecked")
    TypedCell newCell() {
      return new TypedCell((TypedImperativeAggregate<Object>) function, measured);
    }
  }

  public Buffers(List<AggregateExpression> aggregates, List<Attribute> input) {
    this(aggregates, input, Evaluation.GENERATED);
  }

  /** As the constructor, without generating code: for what is run once. */
  public static Buffers interpreted(List<AggregateExpression> aggregates, List<Attribute> input) {
    return new Buffers(aggregates, input, Evaluation.INTERPRETED);
  }

  private Buffers(
      List<AggregateExpression> aggregates, List<Attribute> input, Evaluation evaluation) {
    List<Attribute> columns = new ArrayList<>();
    List<Attribute> inputColumns = new ArrayList<>();
    List<Expression> initial = new ArrayList<>();
    List<Expression> updates = new ArrayList<>();
    List<Expression> merges = new ArrayList<>();
    List<Expression> evaluations = new ArrayList<>();
    List<DataType> resultTypes = new ArrayList<>();
    boolean anyDeclarative = false;
    for (AggregateExpression aggregate : aggregates) {
      AggregateFunction function = aggregate.aggregateFunction();
      int column = columns.size();
      resultTypes.add(function.dataType());
      columns.addAll(Scala.list(function.aggBufferAttributes()));
      inputColumns.addAll(Scala.list(function.inputAggBufferAttributes()));
      if (function instanceof DeclarativeAggregate d) {
        anyDeclarative = true;
        initial.addAll(Scala.<Expression>list(d.initialValues()));
        updates.addAll(filtered(d, aggregate));
        merges.addAll(Scala.<Expression>list(d.mergeExpressions()));
        evaluations.add(d.evaluateExpression());
      } else {
        Imperative bound = bind(aggregate, input, column, evaluations.size(), evaluation);
        imperatives.add(bound);
        for (int i = column; i < columns.size(); i++) {
          initial.add(NoOp$.MODULE$);
          updates.add(NoOp$.MODULE$);
          merges.add(NoOp$.MODULE$);
        }
        evaluations.add(NoOp$.MODULE$);
      }
    }
    declarative = anyDeclarative;
    types = columns.stream().map(Attribute::dataType).toArray(DataType[]::new);
    typeList = Scala.seq(List.of(types));
    isTyped = new boolean[types.length];
    imperatives.stream().filter(Imperative::isTyped).forEach(i -> isTyped[i.column] = true);
    fixedWidth = Arrays.stream(types).allMatch(UnsafeRow::isMutable);
    toUnsafe = UnsafeProjection.create(types);
    initialize = evaluation.projection(initial, List.of());
    update = evaluation.projection(updates, concat(columns, input));
    merge = evaluation.projection(merges, concat(columns, inputColumns));
    evaluate = evaluation.projection(evaluations, columns);
    results = new SpecificInternalRow(Scala.seq(resultTypes));
    evaluate.target(results);
    empty = fixedWidth ? newUnsafeBuffer() : null;
  }

  private static List<Expression> filtered(DeclarativeAggregate d, AggregateExpression aggregate) {
    List<Expression> updates = Scala.list(d.updateExpressions());
    if (aggregate.filter().isEmpty()) {
      return updates;
    }
    List<Expression> guarded = new ArrayList<>();
    for (int i = 0; i < updates.size(); i++) {
      guarded.add(
          new If(aggregate.filter().get(), updates.get(i), d.aggBufferAttributes().apply(i)));
    }
    return guarded;
  }

  private static Imperative bind(
      AggregateExpression aggregate,
      List<Attribute> input,
      int column,
      int result,
      Evaluation evaluation) {
    ImperativeAggregate function = (ImperativeAggregate) aggregate.aggregateFunction();
    ImperativeAggregate bound =
        (ImperativeAggregate)
            BindReferences.<Expression>bindReference(
                function, package$.MODULE$.AttributeSeq(Scala.seq(input)), false);
    BasePredicate filter =
        aggregate.filter().isEmpty() ? null : evaluation.predicate(aggregate.filter().get(), input);
    return new Imperative(
        bound.withNewMutableAggBufferOffset(column).withNewInputAggBufferOffset(column),
        filter,
        column,
        result,
        evaluation == Evaluation.INTERPRETED);
  }

  private static List<Attribute> concat(List<Attribute> left, List<Attribute> right) {
    List<Attribute> all = new ArrayList<>(left);
    all.addAll(right);
    return all;
  }

  private UnsafeRow newUnsafeBuffer() {
    UnsafeRow row = toUnsafe.apply(newRow()).copy();
    initialize(row);
    return row;
  }

  private void initialize(InternalRow buffer) {
    if (declarative) {
      initialize.target(buffer).apply(InternalRow.empty());
    }
    for (Imperative imperative : imperatives) {
      if (imperative.isTyped()) {
        buffer.update(imperative.column, imperative.newCell());
      } else {
        imperative.function.initialize(buffer);
      }
    }
  }

  /** The buffer of no rows. */
  public InternalRow newBuffer() {
    if (fixedWidth) {
      return empty.copy();
    }
    InternalRow buffer = newRow();
    initialize(buffer);
    return buffer;
  }

  public void update(InternalRow buffer, InternalRow input) {
    if (declarative) {
      update.target(buffer).apply(joined.apply(buffer, input));
    }
    for (int i = 0; i < imperatives.size(); i++) {
      Imperative imperative = imperatives.get(i);
      if (imperative.filter == null || imperative.filter.eval(input)) {
        if (isTyped[imperative.column]) {
          imperative.cell(buffer).update(input);
        } else {
          imperative.function.update(buffer, input);
        }
      }
    }
  }

  /** Adds {@code from} to {@code into}, which keeps nothing of {@code from}. */
  public void merge(InternalRow into, InternalRow from) {
    if (declarative) {
      merge.target(into).apply(joined.apply(into, from));
    }
    for (Imperative imperative : imperatives) {
      if (imperative.isTyped()) {
        imperative.cell(into).merge(imperative.cell(from));
      } else {
        imperative.function.merge(into, from);
      }
    }
  }

  /** The finished value of each aggregate; valid until the next call. */
  public InternalRow evaluate(InternalRow buffer) {
    evaluate.apply(buffer);
    for (Imperative imperative : imperatives) {
      Object value =
          imperative.isTyped()
              ? imperative.cell(buffer).evaluate()
              : imperative.function.eval(buffer);
      results.update(imperative.result, value);
    }
    return results;
  }

  /** The buffer columns with objects serialized; valid until the buffer changes. */
  public InternalRow encode(InternalRow buffer) {
    if (fixedWidth) {
      return buffer;
    }
    SpecificInternalRow flat = newRow();
    for (int i = 0; i < types.length; i++) {
      if (isTyped[i]) {
        flat.update(i, ((TypedCell) buffer.get(i, OBJECT)).serialize());
      } else {
        flat.update(i, buffer.isNullAt(i) ? null : buffer.get(i, types[i]));
      }
    }
    return flat;
  }

  /**
   * @param encoded taken over: the buffer may keep pointing into it
   */
  public InternalRow decode(UnsafeRow encoded) {
    if (fixedWidth) {
      return encoded;
    }
    SpecificInternalRow buffer = newRow();
    for (int i = 0; i < types.length; i++) {
      if (!isTyped[i]) {
        buffer.update(i, encoded.isNullAt(i) ? null : encoded.get(i, types[i]));
      }
    }
    for (Imperative imperative : imperatives) {
      if (imperative.isTyped()) {
        TypedCell cell = imperative.newCell();
        cell.add(encoded.isNullAt(imperative.column) ? null : encoded.getBinary(imperative.column));
        buffer.update(imperative.column, cell);
      }
    }
    return buffer;
  }

  private SpecificInternalRow newRow() {
    return new SpecificInternalRow(typeList);
  }
}
