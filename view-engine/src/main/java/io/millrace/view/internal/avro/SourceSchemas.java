package io.millrace.view.internal.avro;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import io.millrace.view.SourceColumn;
import io.millrace.view.internal.avro.read.AvroTypes;
import io.millrace.view.internal.avro.read.ReaderCompiler;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/** The parsed schemas of a source. */
public final class SourceSchemas {
  private SourceSchemas() {}

  /** The columns of the source's rows: fields of its reader schema, then those of Kafka. */
  public static StructType rowType(SourceDefinition source) {
    return AvroTypes.rowType(reader(source));
  }

  /** As {@link SourceColumn#of}. */
  public static List<SourceColumn> columns(SourceDefinition source) {
    Schema reader = reader(source);
    StructType type = AvroTypes.rowType(reader);
    List<SourceColumn> columns = new ArrayList<>();
    for (StructField column : type.fields()) {
      Schema.Field field = reader.getField(column.name());
      Object value =
          field == null || !field.hasDefaultValue()
              ? null
              : plain(ReaderCompiler.defaultValue(field), column.dataType());
      columns.add(new SourceColumn(column.name(), column.dataType().sql(), value));
    }
    return columns;
  }

  private static Object plain(Object value, DataType type) {
    if (value instanceof UTF8String || value instanceof Decimal) {
      return value instanceof Decimal decimal ? decimal.toJavaBigDecimal() : value.toString();
    }
    if (value == null || type instanceof StructType) {
      return null;
    }
    if (type.equals(DataTypes.DateType)) {
      return LocalDate.ofEpochDay((Integer) value);
    }
    if (type.equals(DataTypes.TimestampType)) {
      return DateTimeUtils.microsToInstant((Long) value);
    }
    if (type.equals(DataTypes.TimestampNTZType)) {
      return DateTimeUtils.microsToLocalDateTime((Long) value);
    }
    return type instanceof ArrayType || type instanceof MapType ? null : value;
  }

  static Schema reader(SourceDefinition source) {
    return parse(source.readerSchema(), source.name());
  }

  /** Writer schemas by fingerprint. */
  static Map<Long, Schema> writers(SourceDefinition source) {
    Map<Long, Schema> writers = new HashMap<>();
    for (String json : source.writerSchemas()) {
      Schema writer = parse(json, source.name());
      writers.put(SchemaNormalization.parsingFingerprint64(writer), writer);
    }
    return writers;
  }

  private static Schema parse(String json, String source) {
    try {
      return new Schema.Parser().parse(json);
    } catch (AvroRuntimeException e) {
      throw new MillraceException(
          ErrorCode.SCHEMA_INVALID,
          "cannot use source " + source + ": found an invalid schema, " + e.getMessage(),
          e);
    }
  }
}
