package io.millrace.view.internal.compare;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;

/**
 * Equality of Catalyst values as SQL has it: 0.0 is −0.0, NaN is NaN, at every depth. NULL equals
 * NULL. Stateless.
 */
final class SqlValues {
  private SqlValues() {}

  static boolean equal(InternalRow a, InternalRow b, int column, DataType type) {
    return Objects.equals(key(value(a, column, type), type), key(value(b, column, type), type));
  }

  static Object value(InternalRow row, int column, DataType type) {
    return row.isNullAt(column) ? null : row.get(column, type);
  }

  /** An object that equals that of another value of the type if SQL has the two equal. */
  static Object key(Object value, DataType type) {
    if (value instanceof Double number) {
      // Sums with 0.0 make 0.0 of −0.0; boxed NaNs equal each other.
      return number + 0.0;
    }
    if (value instanceof Float number) {
      return number + 0.0f;
    }
    if (value instanceof byte[] bytes) {
      return ByteBuffer.wrap(bytes);
    }
    if (value instanceof Decimal decimal) {
      return decimal.toJavaBigDecimal().stripTrailingZeros();
    }
    if (value instanceof ArrayData array && type instanceof ArrayType of) {
      return keys(array, of.elementType());
    }
    if (value instanceof InternalRow row && type instanceof StructType struct) {
      List<Object> fields = new ArrayList<>();
      for (int i = 0; i < struct.length(); i++) {
        DataType field = struct.apply(i).dataType();
        fields.add(key(value(row, i, field), field));
      }
      return fields;
    }
    if (value instanceof MapData map && type instanceof MapType of) {
      List<Object> keys = keys(map.keyArray(), of.keyType());
      List<Object> values = keys(map.valueArray(), of.valueType());
      Map<Object, Object> entries = new HashMap<>();
      for (int i = 0; i < keys.size(); i++) {
        entries.put(keys.get(i), values.get(i));
      }
      return entries;
    }
    return value;
  }

  private static List<Object> keys(ArrayData array, DataType element) {
    List<Object> keys = new ArrayList<>();
    for (int i = 0; i < array.numElements(); i++) {
      keys.add(array.isNullAt(i) ? null : key(array.get(i, element), element));
    }
    return keys;
  }
}
