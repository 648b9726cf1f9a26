package io.millrace.view.internal.avro;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;

/**
 * What Avro's own reader gives and what the decoder gives, both as plain values that can be
 * compared: two independent ways from the same bytes.
 */
final class PlainValues {
  private PlainValues() {}

  /** A value of Avro's generic model, read with the schema it has here. */
  static Object ofAvro(Object value, Schema schema) {
    if (value == null) {
      return null;
    }
    String logical = schema.getProp("logicalType") == null ? "" : schema.getProp("logicalType");
    return switch (schema.getType()) {
      case UNION -> union(value, schema);
      case RECORD -> {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Schema.Field field : schema.getFields()) {
          fields.put(
              field.name(), ofAvro(((IndexedRecord) value).get(field.pos()), field.schema()));
        }
        yield fields;
      }
      case ARRAY -> {
        List<Object> list = new ArrayList<>();
        ((Iterable<?>) value).forEach(e -> list.add(ofAvro(e, schema.getElementType())));
        yield list;
      }
      case MAP -> {
        Map<String, Object> map = new TreeMap<>();
        ((Map<?, ?>) value)
            .forEach((k, v) -> map.put(k.toString(), ofAvro(v, schema.getValueType())));
        yield map;
      }
      case BYTES -> bytes(array((ByteBuffer) value), schema, logical);
      case FIXED -> bytes(((GenericFixed) value).bytes(), schema, logical);
      case LONG -> logical.endsWith("timestamp-millis") ? (Long) value * 1000 : value;
      case STRING, ENUM -> value.toString();
      default -> value;
    };
  }

  private static Object union(Object value, Schema schema) {
    Schema branch = schema.getTypes().get(GenericData.get().resolveUnion(schema, value));
    List<Schema> members =
        schema.getTypes().stream().filter(t -> t.getType() != Schema.Type.NULL).toList();
    Object plain = ofAvro(value, branch);
    String types = members.toString();
    if (members.size() == 1) {
      return plain;
    }
    if (types.equals("[\"int\", \"long\"]")) {
      return ((Number) plain).longValue();
    }
    if (types.equals("[\"float\", \"double\"]")) {
      return ((Number) plain).doubleValue();
    }
    Map<String, Object> struct = new LinkedHashMap<>();
    for (int i = 0; i < members.size(); i++) {
      struct.put("member" + i, members.get(i).equals(branch) ? plain : null);
    }
    return struct;
  }

  private static Object bytes(byte[] bytes, Schema schema, String logical) {
    if (logical.equals("decimal")) {
      int scale = ((Number) schema.getObjectProp("scale")).intValue();
      return new BigDecimal(new BigInteger(bytes), scale).stripTrailingZeros();
    }
    if (logical.equals("uuid")) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      return new UUID(buffer.getLong(), buffer.getLong()).toString();
    }
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] array(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  /** The first {@code fields} fields of a row. */
  static Map<String, Object> ofRow(InternalRow row, StructType type, int fields) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < fields; i++) {
      DataType field = type.fields()[i].dataType();
      values.put(
          type.fields()[i].name(), row.isNullAt(i) ? null : ofCatalyst(row.get(i, field), field));
    }
    return values;
  }

  private static Object ofCatalyst(Object value, DataType type) {
    if (value == null) {
      return null;
    }
    if (type instanceof StructType struct) {
      return ofRow((InternalRow) value, struct, struct.length());
    }
    if (type instanceof ArrayType array) {
      return list((ArrayData) value, array.elementType());
    }
    if (type instanceof MapType map) {
      MapData data = (MapData) value;
      List<Object> keys = list(data.keyArray(), map.keyType());
      List<Object> values = list(data.valueArray(), map.valueType());
      Map<String, Object> entries = new TreeMap<>();
      for (int i = 0; i < keys.size(); i++) {
        entries.put((String) keys.get(i), values.get(i));
      }
      return entries;
    }
    if (type instanceof BinaryType) {
      return HexFormat.of().formatHex((byte[]) value);
    }
    if (value instanceof org.apache.spark.sql.types.Decimal decimal) {
      return decimal.toJavaBigDecimal().stripTrailingZeros();
    }
    return value instanceof Number || value instanceof Boolean ? value : value.toString();
  }

  private static List<Object> list(ArrayData data, DataType type) {
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < data.numElements(); i++) {
      list.add(data.isNullAt(i) ? null : ofCatalyst(data.get(i, type), type));
    }
    return list;
  }
}
