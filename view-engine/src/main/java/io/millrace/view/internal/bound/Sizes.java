package io.millrace.view.internal.bound;

import io.millrace.control.error.MillraceException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VariantType;
import org.apache.spark.unsafe.types.UTF8String;
import org.apache.spark.unsafe.types.VariantVal;

/** How large values are: bytes of texts, elements, fields and entries, at every depth. */
final class Sizes {
  /** Of one value. */
  static final long MOST = 1 << 20;

  private Sizes() {}

  /** Whether values of the type differ in size. */
  static boolean vary(DataType type) {
    return type instanceof StringType
        || type instanceof BinaryType
        || type instanceof ArrayType
        || type instanceof MapType
        || type instanceof StructType
        || type instanceof VariantType;
  }

  /** About; counts no further than a little past {@link #MOST}. */
  static long of(Object value, DataType type) {
    if (value instanceof UTF8String text) {
      return text.numBytes();
    } else if (value instanceof byte[] bytes) {
      return bytes.length;
    } else if (value instanceof VariantVal variant) {
      return variant.getValue().length + variant.getMetadata().length;
    } else if (value instanceof ArrayData array && type instanceof ArrayType arrayType) {
      return of(array, array.numElements(), arrayType.elementType());
    } else if (value instanceof MapData map && type instanceof MapType mapType) {
      return of(map.keyArray(), map.numElements(), mapType.keyType())
          + of(map.valueArray(), map.numElements(), mapType.valueType());
    } else if (value instanceof InternalRow row && type instanceof StructType struct) {
      long sum = 0;
      for (int i = 0; i < struct.length() && sum <= MOST; i++) {
        sum += 1 + within(row, i, struct.fields()[i].dataType());
      }
      return sum;
    }
    return 0;
  }

  private static long of(ArrayData array, int elements, DataType element) {
    long sum = elements;
    if (vary(element)) {
      for (int i = 0; i < elements && sum <= MOST; i++) {
        sum += within(array, i, element);
      }
    }
    return sum;
  }

  private static long within(SpecializedGetters in, int i, DataType type) {
    return vary(type) && !in.isNullAt(i) ? of(in.get(i, type), type) : 0;
  }

  /**
   * @throws MillraceException {@code QUERY_LIMIT} if the size is past {@link #MOST}
   */
  static void check(long size) {
    if (size > MOST) {
      tally().add(size);
    }
  }

  static Tally tally() {
    return new Tally("a value within an expression", MOST);
  }
}
