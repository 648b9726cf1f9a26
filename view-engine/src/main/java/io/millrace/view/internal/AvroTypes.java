package io.millrace.view.internal;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Which Spark SQL type an Avro schema has in a source's rows. Stateless and thread-safe. */
public final class AvroTypes {
  /** Names of the columns every source has after those of its schema. */
  public static final String PARTITION = "kafka_partition";

  public static final String OFFSET = "kafka_offset";
  public static final String TIMESTAMP = "kafka_timestamp";

  private AvroTypes() {}

  /** The columns of a source's rows: the fields of the record schema, then Kafka's three. */
  public static StructType sourceType(Schema record) {
    return toStructType(record)
        .add(PARTITION, DataTypes.IntegerType, false)
        .add(OFFSET, DataTypes.LongType, false)
        .add(TIMESTAMP, DataTypes.TimestampType, false);
  }

  /** The fields of a record schema as columns. */
  public static StructType toStructType(Schema record) {
    List<StructField> fields = new ArrayList<>();
    for (Schema.Field field : record.getFields()) {
      fields.add(
          DataTypes.createStructField(
              field.name(), toDataType(field.schema()), nullable(field.schema())));
    }
    return DataTypes.createStructType(fields);
  }

  private static boolean nullable(Schema schema) {
    return schema.getType() == Schema.Type.NULL
        || schema.getType() == Schema.Type.UNION
            && schema.getTypes().stream().anyMatch(AvroTypes::nullable);
  }

  private static DataType toDataType(Schema schema) {
    LogicalType logical = schema.getLogicalType();
    return switch (schema.getType()) {
      case BOOLEAN -> DataTypes.BooleanType;
      case INT -> logical instanceof LogicalTypes.Date ? DataTypes.DateType : DataTypes.IntegerType;
      case LONG -> longType(logical);
      case FLOAT -> DataTypes.FloatType;
      case DOUBLE -> DataTypes.DoubleType;
      case STRING, ENUM -> DataTypes.StringType;
      case BYTES, FIXED -> bytesType(logical);
      case NULL -> DataTypes.NullType;
      case RECORD -> toStructType(schema);
      case ARRAY ->
          DataTypes.createArrayType(
              toDataType(schema.getElementType()), nullable(schema.getElementType()));
      case MAP ->
          DataTypes.createMapType(
              DataTypes.StringType,
              toDataType(schema.getValueType()),
              nullable(schema.getValueType()));
      case UNION -> unionType(schema);
    };
  }

  private static DataType longType(LogicalType logical) {
    if (logical instanceof LogicalTypes.TimestampMillis
        || logical instanceof LogicalTypes.TimestampMicros) {
      return DataTypes.TimestampType;
    }
    if (logical instanceof LogicalTypes.LocalTimestampMillis
        || logical instanceof LogicalTypes.LocalTimestampMicros) {
      return DataTypes.TimestampNTZType;
    }
    return DataTypes.LongType;
  }

  private static DataType bytesType(LogicalType logical) {
    return logical instanceof LogicalTypes.Decimal decimal
        ? new DecimalType(decimal.getPrecision(), decimal.getScale())
        : DataTypes.BinaryType;
  }

  private static DataType unionType(Schema union) {
    List<Schema> members =
        union.getTypes().stream().filter(s -> s.getType() != Schema.Type.NULL).toList();
    if (members.size() == 1) {
      return toDataType(members.get(0));
    }
    List<StructField> fields = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      fields.add(DataTypes.createStructField("member" + i, toDataType(members.get(i)), true));
    }
    return DataTypes.createStructType(fields);
  }
}
