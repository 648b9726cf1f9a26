package io.millrace.view.internal.operate;

import io.millrace.view.internal.state.Buffers;
import io.millrace.view.internal.state.HeapState;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;

/**
 * Aggregates rows as they are, group by group. Without grouping there is one group, also of no
 * rows.
 *
 * @param grouping over the input
 * @param aggregates over the input
 * @param finished grouping attributes, then the aggregates' result attributes
 * @param results over {@code finished}
 */
public record AggregateStep(
    Step input,
    List<Expression> grouping,
    List<AggregateExpression> aggregates,
    List<Attribute> finished,
    List<NamedExpression> results,
    String text)
    implements Step {
  private static final int ENTRY_BYTES = 96;

  @Override
  public List<Attribute> output() {
    return results.stream().map(NamedExpression::toAttribute).toList();
  }

  @Override
  public List<Step> inputs() {
    return List.of(input);
  }

  @Override
  public Rows open(Run run) {
    Rows rows = input.open(run);
    Buffers buffers = Buffers.interpreted(aggregates, input.output());
    UnsafeProjection result = Evaluators.named(results, finished);
    JoinedRow joined = new JoinedRow();
    return new Rows() {
      private Iterator<Map.Entry<UnsafeRow, HeapState>> groups;

      @Override
      public InternalRow next() {
        if (groups == null) {
          groups = grouped(rows, buffers, run.budget()).entrySet().iterator();
        }
        if (!groups.hasNext()) {
          return null;
        }
        run.budget().tick();
        Map.Entry<UnsafeRow, HeapState> group = groups.next();
        return result.apply(
            joined.apply(group.getKey(), buffers.evaluate(group.getValue().buffer)));
      }
    };
  }

  private Map<UnsafeRow, HeapState> grouped(Rows rows, Buffers buffers, Budget budget) {
    UnsafeProjection toGroup = Evaluators.projection(grouping, input.output());
    Map<UnsafeRow, HeapState> groups = new LinkedHashMap<>();
    for (InternalRow row = rows.next(); row != null; row = rows.next()) {
      budget.tick();
      UnsafeRow group = toGroup.apply(row);
      HeapState state = groups.get(group);
      int before = 0;
      if (state == null) {
        state = new HeapState(buffers.newBuffer());
        groups.put(group.copy(), state);
        budget.hold(ENTRY_BYTES + group.getSizeInBytes(), text);
      } else {
        before = state.approximateBytes();
      }
      buffers.update(state.buffer, row);
      budget.hold(state.approximateBytes() - before, text);
    }
    if (groups.isEmpty() && grouping.isEmpty()) {
      groups.put(new UnsafeRow(0), new HeapState(buffers.newBuffer()));
    }
    return groups;
  }
}
