package io.millrace.view.internal.program;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.IntervalUtils;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.CalendarIntervalType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimeType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.VariantType;
import org.apache.spark.sql.types.YearMonthIntervalType;

/**
 * Catalyst's values as the plain Java values of {@link io.millrace.view.ViewProgram#evaluate}.
 * Stateless and thread-safe.
 */
public final class JavaValues {
  private JavaValues() {}

  public static List<Object> ofRow(InternalRow row, DataType[] types) {
    List<Object> values = new ArrayList<>(types.length);
    for (int i = 0; i < types.length; i++) {
      values.add(of(row, i, types[i]));
    }
    return values;
  }

  private static Object of(SpecializedGetters row, int i, DataType type) {
    if (row.isNullAt(i) || type instanceof NullType) {
      return null;
    } else if (type instanceof StringType) {
      return row.getUTF8String(i).toString();
    } else if (type instanceof LongType) {
      return row.getLong(i);
    } else if (type instanceof IntegerType) {
      return row.getInt(i);
    } else if (type instanceof DoubleType) {
      return row.getDouble(i);
    } else if (type instanceof DecimalType decimal) {
      return row.getDecimal(i, decimal.precision(), decimal.scale()).toJavaBigDecimal();
    } else if (type instanceof BooleanType) {
      return row.getBoolean(i);
    } else if (type instanceof ByteType) {
      return row.getByte(i);
    } else if (type instanceof ShortType) {
      return row.getShort(i);
    } else if (type instanceof FloatType) {
      return row.getFloat(i);
    } else if (type instanceof BinaryType) {
      return row.getBinary(i).clone();
    }
    Object temporal = temporal(row, i, type);
    return temporal != null ? temporal : nested(row, i, type);
  }

  private static Object temporal(SpecializedGetters row, int i, DataType type) {
    if (type instanceof TimestampType) {
      return instant(row.getLong(i));
    } else if (type instanceof TimestampNTZType) {
      return LocalDateTime.ofInstant(instant(row.getLong(i)), ZoneOffset.UTC);
    } else if (type instanceof DateType) {
      return LocalDate.ofEpochDay(row.getInt(i));
    } else if (type instanceof TimeType) {
      return LocalTime.ofNanoOfDay(row.getLong(i));
    } else if (type instanceof DayTimeIntervalType) {
      return Duration.of(row.getLong(i), ChronoUnit.MICROS);
    } else if (type instanceof YearMonthIntervalType) {
      return IntervalUtils.monthsToPeriod(row.getInt(i));
    } else if (type instanceof CalendarIntervalType) {
      return row.getInterval(i).toString();
    }
    return null;
  }

  private static Object nested(SpecializedGetters row, int i, DataType type) {
    if (type instanceof StructType struct) {
      return struct(row.getStruct(i, struct.size()), struct);
    } else if (type instanceof ArrayType array) {
      return list(row.getArray(i), array.elementType());
    } else if (type instanceof MapType map) {
      return map(row.getMap(i), map);
    } else if (type instanceof VariantType) {
      return row.getVariant(i).toJson(ZoneOffset.UTC);
    }
    throw new IllegalStateException("no Java value for " + type.sql());
  }

  private static LinkedHashMap<String, Object> struct(InternalRow row, StructType type) {
    LinkedHashMap<String, Object> values = new LinkedHashMap<>();
    StructField[] fields = type.fields();
    for (int i = 0; i < fields.length; i++) {
      values.put(fields[i].name(), of(row, i, fields[i].dataType()));
    }
    return values;
  }

  private static List<Object> list(ArrayData array, DataType element) {
    List<Object> values = new ArrayList<>(array.numElements());
    for (int i = 0; i < array.numElements(); i++) {
      values.add(of(array, i, element));
    }
    return values;
  }

  private static Map<Object, Object> map(MapData map, MapType type) {
    List<Object> keys = list(map.keyArray(), type.keyType());
    List<Object> values = list(map.valueArray(), type.valueType());
    Map<Object, Object> entries = new LinkedHashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      entries.put(keys.get(i), values.get(i));
    }
    return entries;
  }

  private static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }
}
