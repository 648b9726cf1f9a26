package io.millrace.view.internal.compare;

import io.millrace.view.StateComparison;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.state.StateCodec;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.util.package$;
import org.apache.spark.sql.types.DataType;

/** Compares the states of a view, aggregate by aggregate. */
public final class StateComparer implements StateComparison {
  private static final int[] SIGNS = {1, -1};

  private final StateCodec codec;
  private final List<Part> parts = new ArrayList<>();

  /** An aggregate with its place among the buffer columns. */
  private record Part(
      String sql, int column, List<DataType> types, AggregateComparison comparison) {
    String text(UnsafeRow row) {
      List<String> values = new ArrayList<>();
      for (int i = 0; i < types.size(); i++) {
        Object value = SqlValues.value(row, column + i, types.get(i));
        values.add(value instanceof byte[] bytes ? bytes.length + " bytes" : String.valueOf(value));
      }
      return values.size() == 1 ? values.get(0) : values.toString();
    }
  }

  /**
   * @param plan belongs to this comparison
   * @param magnitudes as of {@code Magnitudes.of}
   */
  public StateComparer(ViewPlan plan, List<List<Integer>> magnitudes, StateCodec codec) {
    this.codec = codec;
    Comparisons comparisons = new Comparisons(plan, magnitudes);
    int column = 0;
    for (int i = 0; i < plan.aggregates().size(); i++) {
      AggregateExpression aggregate = plan.aggregates().get(i);
      List<DataType> types =
          Scala.<Attribute>list(aggregate.aggregateFunction().aggBufferAttributes()).stream()
              .map(Attribute::dataType)
              .toList();
      parts.add(
          new Part(
              package$.MODULE$.toPrettySQL(aggregate, false), column, types, comparisons.of(i)));
      column += types.size();
    }
  }

  @Override
  public List<Difference> compare(byte[] expected, byte[] found) {
    if (Arrays.equals(expected, found)) {
      return List.of();
    }
    UnsafeRow wanted = codec.decode(expected);
    UnsafeRow got = codec.decode(found);
    List<Difference> differences = new ArrayList<>();
    for (Part part : parts) {
      if (!part.comparison().agree(wanted, got)) {
        differences.add(new Difference(part.sql(), part.text(wanted), part.text(got)));
      }
    }
    return differences;
  }

  @Override
  public List<List<byte[]>> edges(byte[] state) {
    List<List<byte[]>> edges = new ArrayList<>();
    for (Part part : parts) {
      if (part.comparison().rounds()) {
        List<byte[]> shifted = new ArrayList<>();
        for (int odd : SIGNS) {
          for (int even : SIGNS) {
            UnsafeRow row = codec.decode(state);
            part.comparison().shift(row, odd, even);
            shifted.add(codec.encode(row));
          }
        }
        edges.add(shifted);
      }
      List<byte[]> sketches = part.comparison().sketches(codec.decode(state));
      if (!sketches.isEmpty()) {
        edges.add(sketches.stream().map(sketch -> with(state, part.column(), sketch)).toList());
      }
    }
    return edges;
  }

  /** The state with another value in a column. */
  private byte[] with(byte[] state, int column, byte[] value) {
    UnsafeRow row = codec.decode(state);
    List<Object> values = new ArrayList<>();
    for (Part part : parts) {
      for (int i = 0; i < part.types().size(); i++) {
        values.add(SqlValues.value(row, part.column() + i, part.types().get(i)));
      }
    }
    values.set(column, value);
    return codec.encode(new GenericInternalRow(values.toArray()));
  }
}
