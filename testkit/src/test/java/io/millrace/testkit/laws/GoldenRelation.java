package io.millrace.testkit.laws;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.CalendarIntervalType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
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
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.YearMonthIntervalType;

/**
 * A relation of Spark's tests as the records of a source. Types that Avro has not are kept as wider
 * ones or as text and cast back in a sub-select, which bears the relation's name.
 */
final class GoldenRelation {
  private static final String SOURCE = "golden_records";

  private final SourceDefinition source;
  private final String subselect;
  private final Dataset<Row> columns;
  private List<Row> rows;

  private GoldenRelation(SourceDefinition source, String subselect, Dataset<Row> columns) {
    this.source = source;
    this.subselect = subselect;
    this.columns = columns;
  }

  static GoldenRelation of(Dataset<Row> data) {
    StructType type = data.schema();
    List<Schema.Field> fields = new ArrayList<>();
    StringBuilder select = new StringBuilder("SELECT ");
    Column[] columns = new Column[type.length()];
    for (int i = 0; i < type.length(); i++) {
      StructField field = type.apply(i);
      String name = "f" + i;
      fields.add(new Schema.Field(name, nullable(avro(field.dataType(), name)), null, null));
      columns[i] = functions.col(name).cast(stored(field.dataType())).as(name);
      select
          .append(i == 0 ? "" : ", ")
          .append(original(name, field.dataType()))
          .append(" AS `" + field.name() + "`");
    }
    String[] names = new String[type.length()];
    for (int i = 0; i < names.length; i++) {
      names[i] = "f" + i;
    }
    String schema = Schema.createRecord("Golden", null, "golden", false, fields).toString();
    SourceDefinition source =
        new SourceDefinition(
            SOURCE,
            "0000000000000000",
            "golden",
            ValueFormat.SINGLE_OBJECT,
            schema,
            List.of(schema),
            Optional.empty(),
            Map.of());
    return new GoldenRelation(source, select + " FROM " + SOURCE, data.toDF(names).select(columns));
  }

  SourceDefinition source() {
    return source;
  }

  /** What a view reads the relation from. */
  String subselect() {
    return subselect;
  }

  /** The records, made when they are first asked for. */
  List<Row> rows() {
    if (rows == null) {
      rows = records(columns);
    }
    return rows;
  }

  private static List<Row> records(Dataset<Row> columns) {
    List<Row> rows = new ArrayList<>();
    for (Row row : columns.collectAsList()) {
      int length = row.length();
      Object[] values = new Object[length + 3];
      for (int i = 0; i < length; i++) {
        values[i] = row.get(i);
      }
      values[length] = 0;
      values[length + 1] = (long) rows.size();
      values[length + 2] = Instant.EPOCH;
      rows.add(RowFactory.create(values));
    }
    return rows;
  }

  /** The column as the relation has it. */
  private static String original(String name, DataType type) {
    return type instanceof NullType
        ? "NULL"
        : "CAST(%s AS %s)".formatted(name, type.asNullable().sql());
  }

  private static Schema nullable(Schema schema) {
    return SchemaBuilder.unionOf().nullType().and().type(schema).endUnion();
  }

  private static DataType stored(DataType type) {
    if (type instanceof ByteType || type instanceof ShortType) {
      return DataTypes.IntegerType;
    }
    if (type instanceof ArrayType array) {
      return DataTypes.createArrayType(stored(array.elementType()), true);
    }
    if (type instanceof MapType map && map.keyType() instanceof StringType) {
      return DataTypes.createMapType(DataTypes.StringType, stored(map.valueType()), true);
    }
    if (type instanceof StructType struct) {
      List<StructField> fields = new ArrayList<>();
      for (int i = 0; i < struct.length(); i++) {
        fields.add(DataTypes.createStructField("i" + i, stored(struct.apply(i).dataType()), true));
      }
      return DataTypes.createStructType(fields);
    }
    if (plain(type).isPresent()) {
      return type;
    }
    if (type instanceof NullType
        || type instanceof YearMonthIntervalType
        || type instanceof DayTimeIntervalType
        || type instanceof CalendarIntervalType) {
      return DataTypes.StringType;
    }
    throw new UnsupportedOperationException("no record holds " + type.sql());
  }

  private static Schema avro(DataType type, String name) {
    DataType stored = stored(type);
    if (stored instanceof ArrayType array) {
      return Schema.createArray(nullable(avro(array.elementType(), name + "e")));
    }
    if (stored instanceof MapType map) {
      return Schema.createMap(nullable(avro(map.valueType(), name + "v")));
    }
    if (stored instanceof StructType struct) {
      List<Schema.Field> fields = new ArrayList<>();
      for (int i = 0; i < struct.length(); i++) {
        String inner = "i" + i;
        fields.add(
            new Schema.Field(
                inner, nullable(avro(struct.apply(i).dataType(), name + inner)), null, null));
      }
      return Schema.createRecord("R" + name, null, "golden", false, fields);
    }
    return plain(stored).orElseThrow(() -> new IllegalStateException("no type for " + type.sql()));
  }

  private static Optional<Schema> plain(DataType type) {
    if (type instanceof StringType) {
      return Optional.of(Schema.create(Schema.Type.STRING));
    } else if (type instanceof IntegerType) {
      return Optional.of(Schema.create(Schema.Type.INT));
    } else if (type instanceof LongType) {
      return Optional.of(Schema.create(Schema.Type.LONG));
    } else if (type instanceof FloatType) {
      return Optional.of(Schema.create(Schema.Type.FLOAT));
    } else if (type instanceof DoubleType) {
      return Optional.of(Schema.create(Schema.Type.DOUBLE));
    } else if (type instanceof BooleanType) {
      return Optional.of(Schema.create(Schema.Type.BOOLEAN));
    } else if (type instanceof BinaryType) {
      return Optional.of(Schema.create(Schema.Type.BYTES));
    } else if (type instanceof DateType) {
      return Optional.of(LogicalTypes.date().addToSchema(Schema.create(Schema.Type.INT)));
    } else if (type instanceof TimestampType) {
      return Optional.of(
          LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG)));
    } else if (type instanceof TimestampNTZType) {
      return Optional.of(
          LogicalTypes.localTimestampMicros().addToSchema(Schema.create(Schema.Type.LONG)));
    } else if (type instanceof DecimalType decimal) {
      return Optional.of(
          LogicalTypes.decimal(decimal.precision(), decimal.scale())
              .addToSchema(Schema.create(Schema.Type.BYTES)));
    }
    return Optional.empty();
  }
}
