package io.millrace.batch;

import io.millrace.control.SourceDefinition;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericFixed;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** Defaults of a source's fields as Iceberg column defaults. Stateless. */
final class AvroDefaults {
  private AvroDefaults() {}

  /**
   * Column name to default, for the fields of the reader schema that have one which is not null and
   * whose column is of a primitive type. {@code apply} refuses other defaults on new fields.
   */
  static Map<String, Literal<?>> of(SourceDefinition source, org.apache.iceberg.Schema columns) {
    Schema reader = new Schema.Parser().parse(source.readerSchema());
    Map<String, Literal<?>> defaults = new LinkedHashMap<>();
    for (Schema.Field field : reader.getFields()) {
      Types.NestedField column = columns.findField(field.name());
      if (field.hasDefaultValue() && column != null && column.type().isPrimitiveType()) {
        Object value = GenericData.get().getDefaultValue(field);
        if (value != null) {
          defaults.put(field.name(), literal(value, field.schema(), column.type()));
        }
      }
    }
    return defaults;
  }

  private static Literal<?> literal(Object value, Schema schema, Type type) {
    Schema branch = notNull(schema);
    LogicalType logical = branch.getLogicalType();
    Literal<?> literal;
    if (value instanceof Boolean bool) {
      literal = Literal.of(bool);
    } else if (value instanceof Integer number) {
      literal = Literal.of(number);
    } else if (value instanceof Long number) {
      literal = timestamp(type) ? Expressions.micros(micros(number, logical)) : Literal.of(number);
    } else if (value instanceof Float number) {
      literal = Literal.of(number);
    } else if (value instanceof Double number) {
      literal = Literal.of(number);
    } else if (value instanceof ByteBuffer || value instanceof GenericFixed) {
      byte[] bytes =
          value instanceof GenericFixed fixed ? fixed.bytes() : bytes((ByteBuffer) value);
      literal =
          logical instanceof LogicalTypes.Decimal decimal
              ? Literal.of(new BigDecimal(new BigInteger(bytes), decimal.getScale()))
              : Literal.of(bytes);
    } else {
      literal = Literal.of(value.toString());
    }
    Literal<?> fitting = literal.to(type);
    return Optional.<Literal<?>>ofNullable(fitting)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "cannot give a column of type " + type + " the default " + value));
  }

  private static boolean timestamp(Type type) {
    return type.typeId() == Type.TypeID.TIMESTAMP;
  }

  private static long micros(long value, LogicalType logical) {
    return logical instanceof LogicalTypes.TimestampMillis
            || logical instanceof LogicalTypes.LocalTimestampMillis
        ? Math.multiplyExact(value, 1000L)
        : value;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static Schema notNull(Schema schema) {
    return schema.isUnion()
        ? schema.getTypes().stream()
            .filter(branch -> branch.getType() != Schema.Type.NULL)
            .findFirst()
            .orElse(schema)
        : schema;
  }
}
