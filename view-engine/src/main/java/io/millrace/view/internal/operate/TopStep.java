package io.millrace.view.internal.operate;

import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.InterpretedOrdering;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * The first rows in an order. Holds no more than these, however many there are. Rows that the order
 * does not tell apart keep the order they come in, so that an answer is the same every time.
 *
 * @param most how many rows
 */
public record TopStep(Step input, List<SortOrder> orders, long most, String text) implements Step {
  private static final int ENTRY_BYTES = 64;

  /** A row and when it came. */
  private record Ranked(InternalRow row, long arrived, int bytes) {}

  @Override
  public List<Attribute> output() {
    return input.output();
  }

  @Override
  public List<Step> inputs() {
    return List.of(input);
  }

  @Override
  public Rows open(Run run) {
    Rows rows = input.open(run);
    return new Rows() {
      private Iterator<Ranked> top;

      @Override
      public InternalRow next() {
        if (top == null) {
          top = top(rows, run.budget());
        }
        return top.hasNext() ? top.next().row() : null;
      }
    };
  }

  private Iterator<Ranked> top(Rows rows, Budget budget) {
    InterpretedOrdering ordering =
        new InterpretedOrdering(Scala.seq(Evaluators.orders(orders, input.output())));
    Comparator<Ranked> first =
        (a, b) -> {
          int order = ordering.compare(a.row(), b.row());
          return order != 0 ? order : Long.compare(a.arrived(), b.arrived());
        };
    UnsafeProjection copy = Evaluators.projection(List.copyOf(input.output()), input.output());
    PriorityQueue<Ranked> kept = new PriorityQueue<>(first.reversed());
    long arrived = 0;
    for (InternalRow row = rows.next(); row != null && most > 0; row = rows.next()) {
      budget.tick();
      if (kept.size() >= most && ordering.compare(row, kept.peek().row()) >= 0) {
        continue;
      }
      if (kept.size() >= most) {
        budget.hold(-kept.poll().bytes(), text);
      }
      UnsafeRow mine = copy.apply(row).copy();
      Ranked ranked = new Ranked(mine, arrived++, ENTRY_BYTES + mine.getSizeInBytes());
      budget.hold(ranked.bytes(), text);
      kept.add(ranked);
    }
    List<Ranked> sorted = new ArrayList<>(kept);
    sorted.sort(first);
    return sorted.iterator();
  }
}
