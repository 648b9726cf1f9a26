package io.millrace.view.internal.key;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimeType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.YearMonthIntervalType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The encoding of group keys, {@code docs/spec/group-key.md}. For rows a and b of the same types:
 * {@code compareUnsigned(encode(a), encode(b))} has the sign of comparing a and b column by column
 * as Spark orders them, NULL first; {@code decode(encode(a))} equals a.
 *
 * <p>Immutable and thread-safe.
 */
public final class KeyCodec implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Part of a view's version; raise it when the encoding changes. */
  public static final int VERSION = 1;

  private static final byte NULL = 0;
  static final byte VALUE = 1;
  private static final byte END = 0;
  private static final byte NULL_ELEMENT = 1;
  private static final byte ELEMENT = 2;
  private static final int DECIMAL_BYTES = 16;

  private final DataType[] types;

  /**
   * @param types of the columns, each {@link #supports supported}
   */
  public KeyCodec(List<DataType> types) {
    this.types = types.toArray(DataType[]::new);
  }

  /** Whether a group column can have this type. */
  public static boolean supports(DataType type) {
    if (type instanceof StructType struct) {
      for (StructField field : struct.fields()) {
        if (!supports(field.dataType())) {
          return false;
        }
      }
      return true;
    }
    if (type instanceof ArrayType array) {
      return supports(array.elementType());
    }
    return type instanceof StringType string && string.supportsBinaryEquality()
        || type instanceof NullType
        || type instanceof BooleanType
        || type instanceof BinaryType
        || type instanceof DecimalType
        || type instanceof DoubleType
        || type instanceof FloatType
        || isIntegral(type);
  }

  private static boolean isIntegral(DataType type) {
    return type instanceof ByteType
        || type instanceof ShortType
        || type instanceof IntegerType
        || type instanceof DateType
        || type instanceof YearMonthIntervalType
        || type instanceof LongType
        || type instanceof TimestampType
        || type instanceof TimestampNTZType
        || type instanceof DayTimeIntervalType
        || type instanceof TimeType;
  }

  public byte[] encode(InternalRow row) {
    KeyBytes out = new KeyBytes();
    for (int i = 0; i < types.length; i++) {
      writeColumn(row, i, types[i], out);
    }
    return out.toBytes();
  }

  /**
   * The encoding of the leading columns only: a prefix of every key that has these values.
   *
   * @param row at least {@code columns} columns
   */
  byte[] encodePrefix(InternalRow row, int columns) {
    KeyBytes out = new KeyBytes();
    for (int i = 0; i < columns; i++) {
      writeColumn(row, i, types[i], out);
    }
    return out.toBytes();
  }

  /** The encoding of one column's value, its marker first. */
  static byte[] encodeColumn(DataType type, Object value) {
    KeyBytes out = new KeyBytes();
    writeColumn(new GenericInternalRow(new Object[] {value}), 0, type, out);
    return out.toBytes();
  }

  /** What the encodings of all texts that start with {@code prefix} start with. */
  static byte[] encodePrefixOfText(UTF8String prefix) {
    KeyBytes out = new KeyBytes();
    out.put(VALUE);
    out.putEscaped(prefix.getBytes());
    byte[] whole = out.toBytes();
    // Without the two bytes that end a text.
    return Arrays.copyOf(whole, whole.length - 2);
  }

  /** A new row that shares nothing with {@code key}. */
  public InternalRow decode(byte[] key) {
    KeyReader in = new KeyReader(key);
    Object[] values = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      values[i] = readColumn(in, types[i]);
    }
    in.expectEnd();
    return new GenericInternalRow(values);
  }

  private static void writeColumn(
      SpecializedGetters row, int ordinal, DataType type, KeyBytes out) {
    if (row.isNullAt(ordinal)) {
      out.put(NULL);
    } else {
      out.put(VALUE);
      writeValue(row, ordinal, type, out);
    }
  }

  private static void writeValue(SpecializedGetters row, int ordinal, DataType type, KeyBytes out) {
    if (type instanceof StringType) {
      out.putEscaped(row.getUTF8String(ordinal).getBytes());
    } else if (type instanceof BinaryType) {
      out.putEscaped(row.getBinary(ordinal));
    } else if (type instanceof BooleanType) {
      out.put((byte) (row.getBoolean(ordinal) ? 1 : 0));
    } else if (type instanceof ByteType) {
      out.put((byte) (row.getByte(ordinal) ^ 0x80));
    } else if (type instanceof ShortType) {
      out.putShort(row.getShort(ordinal));
    } else if (isInt(type)) {
      out.putInt(row.getInt(ordinal));
    } else if (isIntegral(type)) {
      out.putLong(row.getLong(ordinal));
    } else if (type instanceof FloatType) {
      out.putFloat(row.getFloat(ordinal));
    } else if (type instanceof DoubleType) {
      out.putDouble(row.getDouble(ordinal));
    } else if (type instanceof DecimalType decimal) {
      writeDecimal(row.getDecimal(ordinal, decimal.precision(), decimal.scale()), decimal, out);
    } else if (type instanceof StructType struct) {
      StructField[] fields = struct.fields();
      InternalRow inner = row.getStruct(ordinal, fields.length);
      for (int i = 0; i < fields.length; i++) {
        writeColumn(inner, i, fields[i].dataType(), out);
      }
    } else if (type instanceof ArrayType array) {
      writeArray(row.getArray(ordinal), array.elementType(), out);
    } else {
      throw new IllegalStateException("no key encoding for " + type.sql());
    }
  }

  private static void writeArray(ArrayData array, DataType element, KeyBytes out) {
    for (int i = 0; i < array.numElements(); i++) {
      if (array.isNullAt(i)) {
        out.put(NULL_ELEMENT);
      } else {
        out.put(ELEMENT);
        writeValue(array, i, element, out);
      }
    }
    out.put(END);
  }

  private static void writeDecimal(Decimal value, DecimalType type, KeyBytes out) {
    if (type.precision() <= Decimal.MAX_LONG_DIGITS()) {
      out.putLong(value.toUnscaledLong());
    } else {
      out.putBigInteger(value.toJavaBigDecimal().unscaledValue(), DECIMAL_BYTES);
    }
  }

  private static boolean isInt(DataType type) {
    return type instanceof IntegerType
        || type instanceof DateType
        || type instanceof YearMonthIntervalType;
  }

  private static Object readColumn(KeyReader in, DataType type) {
    byte marker = in.next();
    if (marker == NULL) {
      return null;
    }
    if (marker != VALUE) {
      throw in.corrupt("marker " + marker);
    }
    return readValue(in, type);
  }

  private static Object readValue(KeyReader in, DataType type) {
    if (type instanceof StringType) {
      return UTF8String.fromBytes(in.escaped());
    } else if (type instanceof BinaryType) {
      return in.escaped();
    } else if (type instanceof BooleanType) {
      return in.next() != 0;
    } else if (type instanceof ByteType) {
      return (byte) (in.next() ^ 0x80);
    } else if (type instanceof ShortType) {
      return in.nextShort();
    } else if (isInt(type)) {
      return in.nextInt();
    } else if (isIntegral(type)) {
      return in.nextLong();
    } else if (type instanceof FloatType) {
      return in.nextFloat();
    } else if (type instanceof DoubleType) {
      return in.nextDouble();
    } else if (type instanceof DecimalType decimal) {
      return readDecimal(in, decimal);
    } else if (type instanceof StructType struct) {
      StructField[] fields = struct.fields();
      Object[] values = new Object[fields.length];
      for (int i = 0; i < fields.length; i++) {
        values[i] = readColumn(in, fields[i].dataType());
      }
      return new GenericInternalRow(values);
    } else if (type instanceof ArrayType array) {
      return readArray(in, array.elementType());
    }
    throw new IllegalStateException("no key encoding for " + type.sql());
  }

  private static Object readDecimal(KeyReader in, DecimalType type) {
    if (type.precision() <= Decimal.MAX_LONG_DIGITS()) {
      return Decimal.createUnsafe(in.nextLong(), type.precision(), type.scale());
    }
    return Decimal.apply(
        new BigDecimal(in.nextBigInteger(DECIMAL_BYTES), type.scale()),
        type.precision(),
        type.scale());
  }

  private static Object readArray(KeyReader in, DataType element) {
    List<Object> values = new ArrayList<>();
    for (byte marker = in.next(); marker != END; marker = in.next()) {
      values.add(marker == NULL_ELEMENT ? null : readValue(in, element));
    }
    return new GenericArrayData(values.toArray());
  }
}
