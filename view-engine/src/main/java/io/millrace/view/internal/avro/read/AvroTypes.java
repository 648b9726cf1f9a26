package io.millrace.view.internal.avro.read;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The Spark types of Avro schemas: {@code docs/spec/records.md} has the table. Every column and
 * field is nullable, whatever the schema says, so that rows of the lake that people corrected or
 * that are older than a column have the same type as fresh ones.
 */
public final class AvroTypes {
  public static final String PARTITION = "kafka_partition";
  public static final String OFFSET = "kafka_offset";
  public static final String TIMESTAMP = "kafka_timestamp";

  private static final Set<String> RESERVED = Set.of(PARTITION, OFFSET, TIMESTAMP);

  private final Set<String> open = new HashSet<>();

  private AvroTypes() {}

  /** Whether a column of this name is one that every source has. */
  public static boolean isOfKafka(String column) {
    return RESERVED.contains(column);
  }

  /**
   * The columns of a source's rows: the fields of the reader schema and the three of Kafka.
   *
   * @throws MillraceException {@code SCHEMA_INVALID} or {@code NOT_SUPPORTED}, naming the field
   */
  public static StructType rowType(Schema reader) {
    if (reader.getType() != Schema.Type.RECORD) {
      throw invalid("found " + reader.getType().getName() + " at the top, expected a record");
    }
    for (Schema.Field field : reader.getFields()) {
      String name = field.name().toLowerCase(Locale.ROOT);
      if (RESERVED.contains(name)) {
        throw invalid(
            "found a field "
                + field.name()
                + ", expected another name, as every source has a column of this one; rename it");
      }
      if (name.startsWith("_")) {
        throw invalid(
            "found a field "
                + field.name()
                + ", expected names that start with a letter, as _ starts Millrace's own columns;"
                + " rename it");
      }
    }
    return ((StructType) new AvroTypes().of(reader, ""))
        .add(PARTITION, DataTypes.IntegerType, true)
        .add(OFFSET, DataTypes.LongType, true)
        .add(TIMESTAMP, DataTypes.TimestampType, true);
  }

  /** Type of the values a schema's {@link ValueReader} gives. */
  public static DataType typeOf(Schema schema) {
    return new AvroTypes().of(schema, "");
  }

  private DataType of(Schema schema, String path) {
    if (Logical.ignored(schema)) {
      throw invalid(
          "found logical type "
              + schema.getProp("logicalType")
              + at(path)
              + " on "
              + schema.getType().getName()
              + " with wrong or missing attributes, expected what Avro defines for it");
    }
    Logical logical = Logical.of(schema);
    return switch (schema.getType()) {
      case BOOLEAN -> DataTypes.BooleanType;
      case INT -> logical.kind() == Logical.Kind.DATE ? DataTypes.DateType : DataTypes.IntegerType;
      case LONG ->
          switch (logical.kind()) {
            case TIMESTAMP_MILLIS, TIMESTAMP_MICROS -> DataTypes.TimestampType;
            case LOCAL_TIMESTAMP_MILLIS, LOCAL_TIMESTAMP_MICROS -> DataTypes.TimestampNTZType;
            default -> DataTypes.LongType;
          };
      case FLOAT -> DataTypes.FloatType;
      case DOUBLE -> DataTypes.DoubleType;
      case STRING, ENUM -> DataTypes.StringType;
      case BYTES, FIXED ->
          switch (logical.kind()) {
            case DECIMAL -> decimal(logical, path);
            case UUID -> DataTypes.StringType;
            default -> DataTypes.BinaryType;
          };
      case ARRAY -> DataTypes.createArrayType(of(schema.getElementType(), path + ".element"), true);
      case MAP ->
          DataTypes.createMapType(
              DataTypes.StringType, of(schema.getValueType(), path + ".value"), true);
      case UNION -> union(schema, path);
      case RECORD -> struct(schema, path);
      case NULL ->
          throw unsupported(
              "found type null alone"
                  + at(path)
                  + ", expected a type; write [\"null\", …] or drop it");
    };
  }

  private static DataType decimal(Logical logical, String path) {
    if (logical.precision() > DecimalType.MAX_PRECISION()) {
      throw unsupported(
          "found "
              + logical
              + at(path)
              + ", expected at most "
              + DecimalType.MAX_PRECISION()
              + " digits");
    }
    return DataTypes.createDecimalType(logical.precision(), logical.scale());
  }

  private DataType struct(Schema schema, String path) {
    if (!open.add(schema.getFullName())) {
      throw unsupported(
          "found record "
              + schema.getFullName()
              + at(path)
              + " inside itself, expected a type of finite depth; flatten it");
    }
    if (schema.getFields().isEmpty()) {
      throw unsupported("found record " + schema.getFullName() + at(path) + " without fields");
    }
    List<StructField> fields = new ArrayList<>();
    Map<String, String> names = new HashMap<>();
    for (Schema.Field field : schema.getFields()) {
      String same = names.put(field.name().toLowerCase(Locale.ROOT), field.name());
      if (same != null) {
        throw invalid(
            "found fields "
                + same
                + " and "
                + field.name()
                + at(path)
                + ", expected names that differ in more than case; rename one");
      }
      String inner = path.isEmpty() ? field.name() : path + "." + field.name();
      fields.add(DataTypes.createStructField(field.name(), of(field.schema(), inner), true));
    }
    open.remove(schema.getFullName());
    return DataTypes.createStructType(fields);
  }

  private DataType union(Schema schema, String path) {
    UnionShape shape = UnionShape.of(schema);
    return switch (shape.kind()) {
      case EMPTY ->
          throw unsupported("found a union without a type but null" + at(path) + "; give it one");
      case SINGLE -> of(shape.members().get(0), path);
      case LONG -> DataTypes.LongType;
      case DOUBLE -> DataTypes.DoubleType;
      case STRUCT -> {
        List<StructField> fields = new ArrayList<>();
        for (Schema member : shape.members()) {
          String name = "member" + fields.size();
          fields.add(DataTypes.createStructField(name, of(member, path + "." + name), true));
        }
        yield DataTypes.createStructType(fields);
      }
    };
  }

  private static String at(String path) {
    return path.isEmpty() ? "" : " at " + path;
  }

  private static MillraceException invalid(String problem) {
    return new MillraceException(ErrorCode.SCHEMA_INVALID, "cannot use the schema: " + problem);
  }

  private static MillraceException unsupported(String problem) {
    return new MillraceException(ErrorCode.NOT_SUPPORTED, "cannot use the schema: " + problem);
  }
}
