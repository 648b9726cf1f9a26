package io.millrace.view.internal.key;

import io.millrace.view.KeyCondition.Operator;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;

/**
 * The smallest range of encoded keys that equality on leading group columns, and comparison of the
 * one after them, leave.
 *
 * @param from inclusive; empty: from the first
 * @param to exclusive; null: to the last
 */
record KeyRange(byte[] from, byte[] to) {
  static KeyRange of(
      List<Attribute> columns, KeyCodec codec, List<CatalystKeyFilter.Resolved> conditions) {
    Object[] values = new Object[columns.size()];
    int equal = 0;
    while (equal < values.length) {
      CatalystKeyFilter.Resolved equality = find(columns.get(equal), conditions, Operator.EQ);
      if (equality == null) {
        break;
      }
      values[equal++] = equality.literal().value();
    }
    byte[] prefix = codec.encodePrefix(new GenericInternalRow(values), equal);
    byte[] from = prefix;
    byte[] to = ByteRanges.successor(prefix);
    if (equal < values.length) {
      for (CatalystKeyFilter.Resolved condition : conditions) {
        if (!is(columns.get(equal), condition)) {
          continue;
        }
        // No comparison holds for NULL, which comes first.
        values[equal] = condition.literal().value();
        from = max(from, withMarker(prefix));
        byte[] bound = codec.encodePrefix(new GenericInternalRow(values), equal + 1);
        switch (condition.operator()) {
          case GTE -> from = max(from, bound);
          case GT -> from = max(from, ByteRanges.successor(bound));
          case LT -> to = min(to, bound);
          case LTE -> to = min(to, ByteRanges.successor(bound));
          case EQ -> throw new IllegalStateException("equality is part of the prefix");
        }
      }
    }
    return new KeyRange(from, to);
  }

  private static CatalystKeyFilter.Resolved find(
      Attribute column, List<CatalystKeyFilter.Resolved> conditions, Operator operator) {
    for (CatalystKeyFilter.Resolved condition : conditions) {
      if (condition.operator() == operator && is(column, condition)) {
        return condition;
      }
    }
    return null;
  }

  private static boolean is(Attribute column, CatalystKeyFilter.Resolved condition) {
    return condition.expression() instanceof AttributeReference attribute
        && attribute.exprId().equals(column.exprId());
  }

  private static byte[] withMarker(byte[] prefix) {
    byte[] from = Arrays.copyOf(prefix, prefix.length + 1);
    from[prefix.length] = KeyCodec.VALUE;
    return from;
  }

  private static byte[] max(byte[] a, byte[] b) {
    return Arrays.compareUnsigned(a, b) >= 0 ? a : b;
  }

  private static byte[] min(byte[] a, byte[] b) {
    return a != null && Arrays.compareUnsigned(a, b) <= 0 ? a : b;
  }
}
