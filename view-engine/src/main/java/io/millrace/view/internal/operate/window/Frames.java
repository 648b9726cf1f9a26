package io.millrace.view.internal.operate.window;

import io.millrace.view.internal.analyze.SqlSettings;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.ExternalAppendOnlyUnsafeRowArray;
import org.apache.spark.sql.execution.window.WindowEvaluatorFactory;
import org.apache.spark.sql.execution.window.WindowFunctionFrame;
import org.apache.spark.sql.types.DataType;
import scala.Function1;
import scala.Tuple2;

/**
 * Spark's frames of window functions, filled by us: what its {@code WindowExec} does with the rows
 * of a partition, without a task, a cluster or a disk. Thread-confined.
 */
final class Frames {
  private static final int FIRST_ROOM = 16;
  private static final long PAGE_BYTES = 1 << 20;

  private final List<WindowFunctionFrame> frames = new ArrayList<>();
  private final InternalRow values;
  private final UnsafeProjection result;
  private final JoinedRow joined = new JoinedRow();

  Frames(WindowStep step) {
    WindowEvaluatorFactory factory =
        new WindowEvaluatorFactory(
            Scala.seq(step.functions()),
            Scala.seq(step.partition()),
            Scala.seq(step.orders()),
            Scala.seq(step.input().output()),
            null);
    List<Expression> expressions = new ArrayList<>();
    List<Function1<InternalRow, WindowFunctionFrame>> makers = new ArrayList<>();
    for (Tuple2<
            scala.collection.mutable.Buffer<Expression>,
            Function1<InternalRow, WindowFunctionFrame>>
        pair : Scala.list(factory.windowFrameExpressionFactoryPairs())) {
      expressions.addAll(Scala.list(pair._1()));
      makers.add(pair._2());
    }
    List<DataType> types = expressions.stream().map(Expression::dataType).toList();
    this.values = new SpecificInternalRow(Scala.seq(types));
    this.result =
        SqlSettings.interpreted(
            () -> {
              makers.forEach(maker -> frames.add(maker.apply(values)));
              return factory.createResultProjection(Scala.seq(expressions));
            });
  }

  /** Begins with a partition, all of whose rows are held in memory. */
  void partition(List<UnsafeRow> rows) {
    ExternalAppendOnlyUnsafeRowArray array =
        new ExternalAppendOnlyUnsafeRowArray(
            null,
            null,
            null,
            null,
            FIRST_ROOM,
            PAGE_BYTES,
            Integer.MAX_VALUE,
            Long.MAX_VALUE,
            Integer.MAX_VALUE,
            Long.MAX_VALUE);
    rows.forEach(array::add);
    frames.forEach(frame -> frame.prepare(array));
  }

  /** The partition's {@code i}th row with the values of the functions; to be asked in order. */
  InternalRow row(int i, UnsafeRow row) {
    frames.forEach(frame -> frame.write(i, row));
    return result.apply(joined.apply(row, values));
  }
}
