package io.millrace.serving.lookup.content;

import io.millrace.control.model.LookupDefinition.Column;
import java.nio.ByteBuffer;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** Columns and values of Iceberg as those of Spark SQL. Stateless. */
final class IcebergTypes {
  private IcebergTypes() {}

  static List<Column> columns(Schema schema) {
    return schema.columns().stream()
        .map(field -> new Column(field.name(), sql(field.type())))
        .toList();
  }

  /** Spark's name of a type; Iceberg's own of one that Spark SQL has no plain name for. */
  static String sql(Type type) {
    return switch (type.typeId()) {
      case BOOLEAN -> "BOOLEAN";
      case INTEGER -> "INT";
      case LONG -> "BIGINT";
      case FLOAT -> "FLOAT";
      case DOUBLE -> "DOUBLE";
      case DATE -> "DATE";
      case STRING, UUID -> "STRING";
      case BINARY, FIXED -> "BINARY";
      case DECIMAL -> {
        Types.DecimalType decimal = (Types.DecimalType) type;
        yield "DECIMAL(" + decimal.precision() + "," + decimal.scale() + ")";
      }
      case TIMESTAMP ->
          ((Types.TimestampType) type).shouldAdjustToUTC() ? "TIMESTAMP" : "TIMESTAMP_NTZ";
      default -> type.toString();
    };
  }

  /**
   * The fields of a lookup's columns, in their order.
   *
   * @param file for errors
   */
  static List<Types.NestedField> fields(Schema schema, List<Column> columns, Failing file) {
    List<Types.NestedField> fields = new ArrayList<>();
    for (Column column : columns) {
      Types.NestedField field = field(schema, column.name(), file);
      if (!sql(field.type()).equals(column.type())) {
        throw file.failed(
            "found column "
                + field.name()
                + " of type "
                + sql(field.type())
                + ", expected "
                + column.type()
                + " as it was applied; apply the folder again, with that type if it declares one");
      }
      fields.add(field);
    }
    return fields;
  }

  /** The schema's own field of a name, whatever its case; not one within another. */
  private static Types.NestedField field(Schema schema, String name, Failing file) {
    List<Types.NestedField> found =
        schema.columns().stream().filter(f -> f.name().equalsIgnoreCase(name)).toList();
    if (found.size() != 1) {
      throw file.failed(
          "found columns "
              + schema.columns().stream().map(Types.NestedField::name).toList()
              + ", expected one named "
              + name
              + (found.isEmpty() ? "" : ", whatever its case"));
    }
    return found.get(0);
  }

  /** As {@code LookupEncoder.encode} takes it. */
  static Object value(Object value) {
    if (value instanceof OffsetDateTime time) {
      return time.toInstant();
    }
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return bytes;
    }
    return value instanceof java.util.UUID id ? id.toString() : value;
  }

  /** Makes the error of a content. */
  interface Failing {
    RuntimeException failed(String problem);
  }
}
