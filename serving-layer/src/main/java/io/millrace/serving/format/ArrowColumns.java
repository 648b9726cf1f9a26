package io.millrace.serving.format;

import io.millrace.view.ValueType;
import io.millrace.view.ValueType.Plain;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.IntervalYearVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.TimeStampMicroVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/** Columns and values in Arrow's types. Stateless. */
final class ArrowColumns {
  private ArrowColumns() {}

  static Field field(String name, ValueType type) {
    return field(name, type, true);
  }

  private static Field field(String name, ValueType type, boolean nullable) {
    if (type instanceof Plain plain) {
      return new Field(name, new FieldType(nullable, plain(plain), null), List.of());
    } else if (type instanceof ValueType.Decimal decimal) {
      ArrowType arrow = new ArrowType.Decimal(decimal.precision(), decimal.scale(), 128);
      return new Field(name, new FieldType(nullable, arrow, null), List.of());
    } else if (type instanceof ValueType.Array array) {
      return new Field(
          name,
          new FieldType(nullable, ArrowType.List.INSTANCE, null),
          List.of(field(ListVector.DATA_VECTOR_NAME, array.element())));
    } else if (type instanceof ValueType.Entries map) {
      Field entries =
          new Field(
              MapVector.DATA_VECTOR_NAME,
              new FieldType(false, ArrowType.Struct.INSTANCE, null),
              List.of(
                  field(MapVector.KEY_NAME, map.key(), false),
                  field(MapVector.VALUE_NAME, map.value())));
      return new Field(
          name, new FieldType(nullable, new ArrowType.Map(false), null), List.of(entries));
    } else if (type instanceof ValueType.Struct struct) {
      return new Field(
          name,
          new FieldType(nullable, ArrowType.Struct.INSTANCE, null),
          struct.fields().stream().map(each -> field(each.name(), each.type())).toList());
    }
    throw new IllegalArgumentException("no type of Arrow for " + type);
  }

  private static ArrowType plain(Plain type) {
    return switch (type) {
      case BOOLEAN -> ArrowType.Bool.INSTANCE;
      case TINYINT -> new ArrowType.Int(8, true);
      case SMALLINT -> new ArrowType.Int(16, true);
      case INT -> new ArrowType.Int(32, true);
      case BIGINT -> new ArrowType.Int(64, true);
      case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case STRING -> ArrowType.Utf8.INSTANCE;
      case BINARY -> ArrowType.Binary.INSTANCE;
      case DATE -> new ArrowType.Date(DateUnit.DAY);
      case TIMESTAMP -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC");
      case TIMESTAMP_NTZ -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, null);
      case MONTHS -> new ArrowType.Interval(IntervalUnit.YEAR_MONTH);
      case DURATION -> new ArrowType.Duration(TimeUnit.MICROSECOND);
    };
  }

  /**
   * Writes a value.
   *
   * @return about how many bytes it takes
   */
  static long set(FieldVector column, int row, Object value) {
    if (value == null) {
      column.setNull(row);
      return 1;
    }
    if (column instanceof VarCharVector texts) {
      byte[] bytes = ((String) value).getBytes(StandardCharsets.UTF_8);
      texts.setSafe(row, bytes);
      return 4L + bytes.length;
    } else if (column instanceof VarBinaryVector binaries) {
      byte[] bytes = (byte[]) value;
      binaries.setSafe(row, bytes);
      return 4L + bytes.length;
    } else if (column instanceof MapVector map) {
      return entries(map, row, (Map<?, ?>) value);
    } else if (column instanceof ListVector list) {
      return items(list, row, (List<?>) value);
    } else if (column instanceof StructVector struct) {
      return fields(struct, row, (Map<?, ?>) value);
    }
    fixed(column, row, value);
    return 16;
  }

  private static void fixed(FieldVector column, int row, Object value) {
    if (column instanceof BigIntVector longs) {
      longs.setSafe(row, (Long) value);
    } else if (column instanceof IntVector ints) {
      ints.setSafe(row, (Integer) value);
    } else if (column instanceof Float8Vector doubles) {
      doubles.setSafe(row, (Double) value);
    } else if (column instanceof DecimalVector decimals) {
      decimals.setSafe(row, (BigDecimal) value);
    } else if (column instanceof BitVector booleans) {
      booleans.setSafe(row, (Boolean) value ? 1 : 0);
    } else if (column instanceof TimeStampMicroTZVector times) {
      times.setSafe(row, Micros.of((Instant) value));
    } else if (column instanceof TimeStampMicroVector times) {
      times.setSafe(row, Micros.of(((LocalDateTime) value).toInstant(ZoneOffset.UTC)));
    } else if (column instanceof DateDayVector days) {
      days.setSafe(row, Math.toIntExact(((LocalDate) value).toEpochDay()));
    } else if (column instanceof Float4Vector floats) {
      floats.setSafe(row, (Float) value);
    } else if (column instanceof SmallIntVector shorts) {
      shorts.setSafe(row, (Short) value);
    } else if (column instanceof TinyIntVector bytes) {
      bytes.setSafe(row, (Byte) value);
    } else if (column instanceof IntervalYearVector months) {
      months.setSafe(row, Math.toIntExact(((Period) value).toTotalMonths()));
    } else if (column instanceof DurationVector durations) {
      durations.setSafe(row, Micros.of((Duration) value));
    } else {
      throw new IllegalArgumentException("no way to write into " + column.getField());
    }
  }

  private static long items(ListVector list, int row, List<?> items) {
    int at = list.startNewValue(row);
    long bytes = 4;
    for (Object item : items) {
      bytes += set(list.getDataVector(), at++, item);
    }
    list.endValue(row, items.size());
    return bytes;
  }

  private static long entries(MapVector map, int row, Map<?, ?> entries) {
    int at = map.startNewValue(row);
    StructVector pairs = (StructVector) map.getDataVector();
    long bytes = 4;
    for (Map.Entry<?, ?> entry : entries.entrySet()) {
      pairs.setIndexDefined(at);
      bytes += set((FieldVector) pairs.getChildByOrdinal(0), at, entry.getKey());
      bytes += set((FieldVector) pairs.getChildByOrdinal(1), at, entry.getValue());
      at++;
    }
    map.endValue(row, entries.size());
    return bytes;
  }

  private static long fields(StructVector struct, int row, Map<?, ?> values) {
    struct.setIndexDefined(row);
    long bytes = 1;
    for (FieldVector field : struct.getChildrenFromFields()) {
      bytes += set(field, row, values.get(field.getName()));
    }
    return bytes;
  }
}
