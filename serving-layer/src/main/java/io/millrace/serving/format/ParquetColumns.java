package io.millrace.serving.format;

import io.millrace.view.ValueType;
import io.millrace.view.ValueType.Plain;
import io.millrace.view.query.QueryPlan;
import java.util.List;
import java.util.Set;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/** Columns in Parquet's types. Stateless. */
final class ParquetColumns {
  /** Parquet's INTERVAL is of milliseconds, and few read it. */
  static final Set<ValueType> WITHOUT = Set.of(Plain.MONTHS, Plain.DURATION);

  private ParquetColumns() {}

  static MessageType message(List<QueryPlan.Column> columns, List<ValueType> types) {
    Types.MessageTypeBuilder message = Types.buildMessage();
    for (int i = 0; i < types.size(); i++) {
      message.addField(type(columns.get(i).name(), types.get(i), Repetition.OPTIONAL));
    }
    return message.named("answer");
  }

  private static Type type(String name, ValueType type, Repetition repetition) {
    if (type instanceof Plain plain) {
      return plain(name, plain, repetition);
    } else if (type instanceof ValueType.Decimal decimal) {
      return decimal(name, decimal, repetition);
    } else if (type instanceof ValueType.Array array) {
      return Types.list(repetition)
          .element(type("element", array.element(), Repetition.OPTIONAL))
          .named(name);
    } else if (type instanceof ValueType.Entries map) {
      return Types.map(repetition)
          .key(type("key", map.key(), Repetition.REQUIRED))
          .value(type("value", map.value(), Repetition.OPTIONAL))
          .named(name);
    } else if (type instanceof ValueType.Struct struct) {
      Types.GroupBuilder<org.apache.parquet.schema.GroupType> group = Types.buildGroup(repetition);
      struct
          .fields()
          .forEach(each -> group.addField(type(each.name(), each.type(), Repetition.OPTIONAL)));
      return group.named(name);
    }
    throw new IllegalArgumentException("no type of Parquet for " + type);
  }

  private static Type plain(String name, Plain type, Repetition repetition) {
    return switch (type) {
      case BOOLEAN -> of(PrimitiveTypeName.BOOLEAN, null, name, repetition);
      case TINYINT -> of(PrimitiveTypeName.INT32, integer(8), name, repetition);
      case SMALLINT -> of(PrimitiveTypeName.INT32, integer(16), name, repetition);
      case INT -> of(PrimitiveTypeName.INT32, null, name, repetition);
      case BIGINT -> of(PrimitiveTypeName.INT64, null, name, repetition);
      case FLOAT -> of(PrimitiveTypeName.FLOAT, null, name, repetition);
      case DOUBLE -> of(PrimitiveTypeName.DOUBLE, null, name, repetition);
      case STRING ->
          of(PrimitiveTypeName.BINARY, LogicalTypeAnnotation.stringType(), name, repetition);
      case BINARY -> of(PrimitiveTypeName.BINARY, null, name, repetition);
      case DATE -> of(PrimitiveTypeName.INT32, LogicalTypeAnnotation.dateType(), name, repetition);
      case TIMESTAMP -> of(PrimitiveTypeName.INT64, micros(true), name, repetition);
      case TIMESTAMP_NTZ -> of(PrimitiveTypeName.INT64, micros(false), name, repetition);
      case MONTHS, DURATION -> throw new IllegalArgumentException("no type of Parquet for " + type);
    };
  }

  private static LogicalTypeAnnotation integer(int bits) {
    return LogicalTypeAnnotation.intType(bits, true);
  }

  private static LogicalTypeAnnotation micros(boolean utc) {
    return LogicalTypeAnnotation.timestampType(utc, TimeUnit.MICROS);
  }

  private static Type of(
      PrimitiveTypeName primitive,
      LogicalTypeAnnotation annotation,
      String name,
      Repetition repetition) {
    return Types.primitive(primitive, repetition).as(annotation).named(name);
  }

  private static Type decimal(String name, ValueType.Decimal type, Repetition repetition) {
    LogicalTypeAnnotation annotation =
        LogicalTypeAnnotation.decimalType(type.scale(), type.precision());
    if (type.precision() <= 9) {
      return of(PrimitiveTypeName.INT32, annotation, name, repetition);
    } else if (type.precision() <= 18) {
      return of(PrimitiveTypeName.INT64, annotation, name, repetition);
    }
    return Types.primitive(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY, repetition)
        .length(bytes(type.precision()))
        .as(annotation)
        .named(name);
  }

  /** The fewest bytes that hold a number of so many digits, and its sign. */
  static int bytes(int precision) {
    return java.math.BigInteger.TEN.pow(precision).bitLength() / 8 + 1;
  }
}
