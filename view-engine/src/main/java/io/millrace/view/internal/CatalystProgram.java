package io.millrace.view.internal;

import io.millrace.control.ErrorCode;
import io.millrace.control.MillraceException;
import io.millrace.view.GroupState;
import io.millrace.view.Groups;
import io.millrace.view.SourceRow;
import io.millrace.view.ViewProgram;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.Platform;

/** A view's plan as compiled code, with its own copies of everything mutable. */
final class CatalystProgram implements ViewProgram {
  /** First byte of an encoded state; raise it when the meaning of the rest changes. */
  static final byte STATE_VERSION = 1;

  private final Buffers buffers;
  private final Finisher finisher;
  private final KeyCodec codec;
  private final DataType[] columnTypes;
  private final Consumer<InternalRow> pipeline;
  private final UnsafeProjection toKey;
  private final RowKey key;
  private final JoinedRow joined = new JoinedRow();
  private Groups groups;

  /**
   * @param plan belongs to this program
   */
  CatalystProgram(ViewPlan plan, KeyCodec codec) {
    InputPipeline input = new InputPipeline(plan.input());
    this.codec = codec;
    this.buffers = new Buffers(plan.aggregates(), input.output());
    this.finisher = new Finisher(plan.finish());
    this.columnTypes =
        Scala.list(plan.finish().output()).stream()
            .map(a -> a.dataType())
            .toArray(DataType[]::new);
    this.toKey =
        UnsafeProjection.create(
            Scala.seq(Exprs.of(plan.grouping())), Scala.seq(input.output()));
    this.key = new RowKey(codec, new UnsafeRow(plan.grouping().size()));
    this.pipeline = input.into(this::aggregate);
  }

  @Override
  public void update(SourceRow row, Groups into) {
    groups = into;
    pipeline.accept(row.internalRow());
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
    if (bytes.length == 0 || bytes[0] != STATE_VERSION || (bytes.length - 1) % 8 != 0) {
      throw new MillraceException(
          ErrorCode.INTERNAL,
          "cannot read a state: found %s, expected version %d; it was written by another release"
              .formatted(
                  bytes.length == 0 ? "no bytes" : bytes.length + " bytes of version " + bytes[0],
                  STATE_VERSION));
    }
    byte[] copy = new byte[bytes.length - 1];
    System.arraycopy(bytes, 1, copy, 0, copy.length);
    UnsafeRow row = new UnsafeRow(buffers.columns());
    row.pointTo(copy, copy.length);
    return new HeapState(buffers.decode(row));
  }

  @Override
  public byte[] encodeState(GroupState state) {
    UnsafeRow row = buffers.encode(((HeapState) state).buffer);
    byte[] bytes = new byte[1 + row.getSizeInBytes()];
    bytes[0] = STATE_VERSION;
    row.writeToMemory(bytes, Platform.BYTE_ARRAY_OFFSET + 1);
    return bytes;
  }

  @Override
  public void merge(GroupState into, GroupState from) {
    buffers.merge(((HeapState) into).buffer, ((HeapState) from).buffer);
  }

  @Override
  public Optional<List<Object>> evaluate(byte[] groupKey, GroupState state) {
    InternalRow finished = buffers.evaluate(((HeapState) state).buffer);
    InternalRow row = finisher.finish(joined.apply(codec.decode(groupKey), finished));
    return row == null ? Optional.empty() : Optional.of(JavaValues.ofRow(row, columnTypes));
  }
}
