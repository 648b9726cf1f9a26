package io.millrace.batch.table;

import static org.apache.spark.sql.functions.col;

import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.CalendarIntervalType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VariantType;
import org.apache.spark.sql.types.YearMonthIntervalType;

/**
 * Casts columns to types that an Iceberg table can hold: TINYINT and SMALLINT become INT; intervals
 * and VARIANT become STRING, as Spark writes them; so does the type of a bare NULL. Serving does
 * not read these columns but {@code _state}, so nothing is lost to answers.
 */
public final class BatchViewTypes {
  private BatchViewTypes() {}

  public static Dataset<Row> storable(Dataset<Row> rows) {
    Column[] columns =
        Arrays.stream(rows.schema().fields())
            .map(
                field -> {
                  Column column = col("`" + field.name().replace("`", "``") + "`");
                  DataType stored = stored(field.dataType());
                  return stored.equals(field.dataType())
                      ? column
                      : column.cast(stored).as(field.name());
                })
            .toArray(Column[]::new);
    return rows.select(columns);
  }

  static DataType stored(DataType type) {
    if (type instanceof ByteType || type instanceof ShortType) {
      return DataTypes.IntegerType;
    }
    if (type instanceof NullType
        || type instanceof VariantType
        || type instanceof CalendarIntervalType
        || type instanceof DayTimeIntervalType
        || type instanceof YearMonthIntervalType) {
      return DataTypes.StringType;
    }
    if (type instanceof StructType struct) {
      return new StructType(
          Arrays.stream(struct.fields())
              .map(f -> new StructField(f.name(), stored(f.dataType()), f.nullable(), f.metadata()))
              .toArray(StructField[]::new));
    }
    if (type instanceof ArrayType array) {
      return new ArrayType(stored(array.elementType()), array.containsNull());
    }
    if (type instanceof MapType map) {
      return new MapType(stored(map.keyType()), stored(map.valueType()), map.valueContainsNull());
    }
    return type;
  }
}
