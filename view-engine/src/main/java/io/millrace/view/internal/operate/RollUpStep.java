package io.millrace.view.internal.operate;

import io.millrace.view.GroupState;
import io.millrace.view.internal.program.CatalystProgram;
import io.millrace.view.query.ScanInput;
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

/**
 * Merges the <em>states</em> of a view's wanted groups into coarser ones and finishes these, so
 * that an average, a distinct count or a percentile is that of all the records of the coarser
 * group. Without grouping there is one group, also where no state is wanted.
 *
 * @param rows of {@link KeyStep keys}, each for the group that the scan is at
 * @param groups the scan; their finished rows are not made
 * @param grouping over the rows
 * @param finished grouping attributes, then the finished aggregates of the view
 * @param results over {@code finished}
 * @param output what {@code results} are
 */
public record RollUpStep(
    Step rows,
    ScanStep groups,
    List<Expression> grouping,
    List<Attribute> finished,
    List<NamedExpression> results,
    List<Attribute> output,
    String text)
    implements Step {
  private static final int ENTRY_BYTES = 96;

  @Override
  public List<Step> inputs() {
    return List.of(rows);
  }

  @Override
  public Rows open(Run run) {
    ScanInput.OfView input = run.view(groups.index());
    CatalystProgram program = (CatalystProgram) input.program();
    UnsafeProjection result = Evaluators.named(results, finished);
    Rows keys = rows.open(run);
    JoinedRow joined = new JoinedRow();
    return new Rows() {
      private Iterator<Map.Entry<UnsafeRow, GroupState>> merged;

      @Override
      public InternalRow next() {
        if (merged == null) {
          merged = merged(keys, run.budget(), input, program).entrySet().iterator();
        }
        if (!merged.hasNext()) {
          return null;
        }
        run.budget().tick();
        Map.Entry<UnsafeRow, GroupState> group = merged.next();
        return result.apply(
            joined.apply(group.getKey(), program.finishAggregates(group.getValue())));
      }
    };
  }

  private Map<UnsafeRow, GroupState> merged(
      Rows keys, Budget budget, ScanInput.OfView input, CatalystProgram program) {
    UnsafeProjection toGroup = Evaluators.projection(grouping, rows.output());
    Map<UnsafeRow, GroupState> coarse = new LinkedHashMap<>();
    for (InternalRow key = keys.next(); key != null; key = keys.next()) {
      UnsafeRow group = toGroup.apply(key);
      GroupState state = input.groups().state();
      GroupState known = coarse.get(group);
      if (known == null) {
        coarse.put(group.copy(), state);
        budget.hold(ENTRY_BYTES + group.getSizeInBytes() + state.approximateBytes(), text);
      } else {
        int before = known.approximateBytes();
        program.merge(known, state);
        budget.hold(known.approximateBytes() - before, text);
      }
    }
    if (coarse.isEmpty() && grouping.isEmpty()) {
      coarse.put(new UnsafeRow(0), program.newState());
    }
    return coarse;
  }
}
