package io.millrace.view.compile;

import io.millrace.view.ValueType;
import io.millrace.view.ValueType.Plain;
import io.millrace.view.internal.analyze.SqlSettings;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.YearMonthIntervalType;

/** Reads types as columns name them. Stateless and thread-safe. */
public final class ValueTypes {
  private static final Map<Class<? extends DataType>, Plain> PLAIN =
      Map.ofEntries(
          Map.entry(BooleanType.class, Plain.BOOLEAN),
          Map.entry(ByteType.class, Plain.TINYINT),
          Map.entry(ShortType.class, Plain.SMALLINT),
          Map.entry(IntegerType.class, Plain.INT),
          Map.entry(LongType.class, Plain.BIGINT),
          Map.entry(FloatType.class, Plain.FLOAT),
          Map.entry(DoubleType.class, Plain.DOUBLE),
          Map.entry(StringType.class, Plain.STRING),
          Map.entry(BinaryType.class, Plain.BINARY),
          Map.entry(DateType.class, Plain.DATE),
          Map.entry(TimestampType.class, Plain.TIMESTAMP),
          Map.entry(TimestampNTZType.class, Plain.TIMESTAMP_NTZ),
          Map.entry(YearMonthIntervalType.class, Plain.MONTHS),
          Map.entry(DayTimeIntervalType.class, Plain.DURATION));

  private ValueTypes() {}

  /**
   * @param sql as {@code DataType.sql()} writes it: {@code "DECIMAL(12,2)"}
   */
  public static ValueType of(String sql) {
    return of(SqlSettings.with(() -> new CatalystSqlParser().parseDataType(sql)));
  }

  private static ValueType of(DataType type) {
    if (type instanceof DecimalType decimal) {
      return new ValueType.Decimal(decimal.precision(), decimal.scale());
    } else if (type instanceof ArrayType array) {
      return new ValueType.Array(of(array.elementType()));
    } else if (type instanceof MapType map) {
      return new ValueType.Entries(of(map.keyType()), of(map.valueType()));
    } else if (type instanceof StructType struct) {
      return new ValueType.Struct(
          Arrays.stream(struct.fields())
              .map(field -> new ValueType.Field(field.name(), of(field.dataType())))
              .toList());
    }
    Optional<Plain> plain =
        PLAIN.entrySet().stream()
            .filter(entry -> entry.getKey().isInstance(type))
            .map(Map.Entry::getValue)
            .findFirst();
    return plain.isPresent() ? plain.get() : new ValueType.Other(type.sql());
  }
}
