package io.millrace.view.internal.program;

import io.millrace.view.GroupState;
import io.millrace.view.Groups;
import io.millrace.view.SourceRow;
import io.millrace.view.ViewProgram;
import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.key.RowKey;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.state.Buffers;
import io.millrace.view.internal.state.HeapState;
import io.millrace.view.internal.state.StateCodec;
import io.millrace.view.internal.tree.Exprs;
import io.millrace.view.internal.tree.Scala;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;

/** A view's plan as compiled code, with its own copies of everything mutable. */
public final class CatalystProgram implements ViewProgram {
  private final Buffers buffers;
  private final Finisher finisher;
  private final KeyCodec codec;
  private final StateCodec stateCodec;
  private final DataType[] columnTypes;
  private final Consumer<InternalRow> pipeline;
  private final UnsafeProjection toKey;
  private final RowKey key;
  private final JoinedRow joined = new JoinedRow();
  private Groups groups;

  /**
   * @param plan belongs to this program
   */
  public CatalystProgram(ViewPlan plan, KeyCodec codec, StateCodec stateCodec) {
    InputPipeline input = new InputPipeline(plan.input());
    this.codec = codec;
    this.stateCodec = stateCodec;
    this.buffers = new Buffers(plan.aggregates(), input.output());
    this.finisher = new Finisher(plan);
    this.columnTypes =
        plan.results().stream()
            .map(column -> ((Expression) column).dataType())
            .toArray(DataType[]::new);
    this.toKey =
        UnsafeProjection.create(Scala.seq(Exprs.of(plan.grouping())), Scala.seq(input.output()));
    this.key = new RowKey(codec, new UnsafeRow(plan.grouping().size()));
    this.pipeline = input.into(this::aggregate);
  }

  @Override
  public void update(SourceRow row, Groups into) {
    groups = into;
    try {
      pipeline.accept(row.internalRow());
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw undeclared(e);
    }
  }

  /** Scala's checked exceptions are not declared: an AnalysisException of a LIKE, for one. */
  private static IllegalArgumentException undeclared(Exception e) {
    return new IllegalArgumentException(e.getMessage(), e);
  }

  private void aggregate(InternalRow row) {
    key.set(toKey.apply(row));
    buffers.update(((HeapState) groups.state(key)).buffer, row);
  }

  @Override
  public GroupState newState() {
    return new HeapState(buffers.newBuffer());
  }

  @Override
  public GroupState decodeState(byte[] bytes) {
    return new HeapState(buffers.decode(stateCodec.decode(bytes)));
  }

  @Override
  public byte[] encodeState(GroupState state) {
    return stateCodec.encode(buffers.encode(((HeapState) state).buffer));
  }

  @Override
  public void merge(GroupState into, GroupState from) {
    buffers.merge(((HeapState) into).buffer, ((HeapState) from).buffer);
  }

  @Override
  public Optional<List<Object>> evaluate(byte[] groupKey, GroupState state) {
    InternalRow row = finish(codec.decode(groupKey), state);
    return row == null ? Optional.empty() : Optional.of(JavaValues.ofRow(row, columnTypes));
  }

  /**
   * The finished row of a group.
   *
   * @param key its decoded key
   * @return the view's columns, valid until the next call; null if HAVING drops the row
   */
  public InternalRow finish(InternalRow key, GroupState state) {
    try {
      return finisher.finish(joined.apply(key, finishAggregates(state)));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw undeclared(e);
    }
  }

  /** The finished value of each aggregate of the plan; valid until the next call. */
  public InternalRow finishAggregates(GroupState state) {
    return buffers.evaluate(((HeapState) state).buffer);
  }
}
