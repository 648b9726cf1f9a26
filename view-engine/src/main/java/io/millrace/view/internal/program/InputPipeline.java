package io.millrace.view.internal.program;

import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.BindReferences;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Generator;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.Predicate$;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.package$;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;

/**
 * The part of a view below its aggregation as a chain of steps, each of which hands its rows on to
 * the next. Rows are reused by the step that makes them. Not thread-safe.
 */
final class InputPipeline {
  private final List<Function<Consumer<InternalRow>, Consumer<InternalRow>>> steps =
      new ArrayList<>();
  private List<Attribute> output;

  InputPipeline(LogicalPlan input) {
    List<LogicalPlan> nodes = new ArrayList<>();
    for (LogicalPlan node = input; ; node = node.children().head()) {
      nodes.add(node);
      if (node.children().isEmpty()) {
        break;
      }
    }
    Collections.reverse(nodes);
    nodes.forEach(this::add);
  }

  /** What the rows at the end of the chain hold. */
  List<Attribute> output() {
    return output;
  }

  /** The chain, ending in {@code last}. */
  Consumer<InternalRow> into(Consumer<InternalRow> last) {
    Consumer<InternalRow> chain = last;
    for (int i = steps.size() - 1; i >= 0; i--) {
      chain = steps.get(i).apply(chain);
    }
    return chain;
  }

  private void add(LogicalPlan node) {
    if (node instanceof LocalRelation leaf) {
      output = Scala.list(leaf.output());
    } else if (node instanceof Filter filter) {
      BasePredicate predicate = Predicate$.MODULE$.create(filter.condition(), Scala.seq(output));
      steps.add(
          next ->
              row -> {
                if (predicate.eval(row)) {
                  next.accept(row);
                }
              });
    } else if (node instanceof Project project) {
      addProject(Exprs.of(project.projectList()), Scala.list(project.output()));
    } else if (node instanceof Expand expand) {
      addExpand(expand);
    } else if (node instanceof Generate generate) {
      addGenerate(generate);
    } else {
      throw new IllegalStateException("no step for " + node.nodeName());
    }
  }

  private void addProject(List<Expression> expressions, List<Attribute> projected) {
    if (expressions.stream().allMatch(AttributeReference.class::isInstance)) {
      // Only drops or reorders columns: later steps find theirs by id in the wider row.
      return;
    }
    UnsafeProjection projection =
        UnsafeProjection.create(Scala.seq(expressions), Scala.seq(output));
    output = projected;
    steps.add(next -> row -> next.accept(projection.apply(row)));
  }

  private void addExpand(Expand expand) {
    List<UnsafeProjection> projections = new ArrayList<>();
    for (Seq<Expression> list : Scala.list(expand.projections())) {
      projections.add(UnsafeProjection.create(list, Scala.seq(output)));
    }
    output = Scala.list(expand.output());
    steps.add(
        next ->
            row -> {
              for (int i = 0; i < projections.size(); i++) {
                next.accept(projections.get(i).apply(row));
              }
            });
  }

  private void addGenerate(Generate generate) {
    Generator generator =
        (Generator)
            BindReferences.<Expression>bindReference(
                (Expression) generate.generator(),
                package$.MODULE$.AttributeSeq(Scala.seq(output)),
                false);
    List<Attribute> wider = new ArrayList<>(output);
    wider.addAll(Scala.list(generate.generatorOutput()));
    output = wider;
    InternalRow nulls = new GenericInternalRow(generate.generatorOutput().size());
    JoinedRow joined = new JoinedRow();
    boolean outer = generate.outer();
    steps.add(
        next ->
            row -> {
              Iterator<InternalRow> rows = generator.eval(row).iterator();
              if (outer && !rows.hasNext()) {
                next.accept(joined.apply(row, nulls));
              }
              while (rows.hasNext()) {
                next.accept(joined.apply(row, rows.next()));
              }
            });
  }
}
