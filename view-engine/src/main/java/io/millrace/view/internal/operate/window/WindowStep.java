package io.millrace.view.internal.operate.window;

import io.millrace.view.internal.operate.Budget;
import io.millrace.view.internal.operate.Evaluators;
import io.millrace.view.internal.operate.Rows;
import io.millrace.view.internal.operate.Run;
import io.millrace.view.internal.operate.Step;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.InterpretedOrdering;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NullsFirst$;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * Rows with the values of window functions. Holds all rows, and those of one partition twice; they
 * come in the order of the partitions, within one in the functions' order, and where that does not
 * tell them apart as they came.
 *
 * @param functions aliased window expressions over the input, all of these partitions and orders
 * @param output the input's columns, then the functions'
 */
public record WindowStep(
    Step input,
    List<NamedExpression> functions,
    List<Expression> partition,
    List<SortOrder> orders,
    List<Attribute> output,
    String text)
    implements Step {
  private static final int ENTRY_BYTES = 48;

  @Override
  public List<Step> inputs() {
    return List.of(input);
  }

  @Override
  public Rows open(Run run) {
    Rows rows = input.open(run);
    Budget budget = run.budget();
    Frames frames = new Frames(this);
    UnsafeProjection toPartition = Evaluators.projection(partition, input.output());
    return new Rows() {
      private List<UnsafeRow> sorted;
      private List<UnsafeRow> now = List.of();
      private int next;
      private int end;

      @Override
      public InternalRow next() {
        if (sorted == null) {
          sorted = sorted(rows, budget);
        }
        if (next == now.size() && !begin()) {
          return null;
        }
        // What one row takes may be as much as its partition is long.
        budget.checkTime();
        InternalRow made = frames.row(next, now.get(next));
        next++;
        return made;
      }

      private boolean begin() {
        budget.hold(-bytes(now), text);
        now = List.of();
        next = 0;
        if (end == sorted.size()) {
          return false;
        }
        int from = end;
        UnsafeRow key = toPartition.apply(sorted.get(from)).copy();
        while (end < sorted.size() && toPartition.apply(sorted.get(end)).equals(key)) {
          budget.tick();
          end++;
        }
        now = sorted.subList(from, end);
        budget.hold(bytes(now), text);
        frames.partition(now);
        return true;
      }
    };
  }

  private static long bytes(List<UnsafeRow> rows) {
    long bytes = 0;
    for (UnsafeRow row : rows) {
      bytes += ENTRY_BYTES + row.getSizeInBytes();
    }
    return bytes;
  }

  private List<UnsafeRow> sorted(Rows rows, Budget budget) {
    UnsafeProjection copy = Evaluators.projection(List.copyOf(input.output()), input.output());
    List<UnsafeRow> all = new ArrayList<>();
    for (InternalRow row = rows.next(); row != null; row = rows.next()) {
      budget.tick();
      UnsafeRow mine = copy.apply(row).copy();
      budget.hold(ENTRY_BYTES + mine.getSizeInBytes(), text);
      all.add(mine);
    }
    List<SortOrder> by = new ArrayList<>();
    partition.forEach(
        key ->
            by.add(
                new SortOrder(key, Ascending$.MODULE$, NullsFirst$.MODULE$, Scala.seq(List.of()))));
    by.addAll(orders);
    InterpretedOrdering ordering =
        new InterpretedOrdering(Scala.seq(Evaluators.orders(by, input.output())));
    all.sort(
        (a, b) -> {
          budget.tick();
          return ordering.compare(a, b);
        });
    return all;
  }
}
