package io.millrace.testkit.laws;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Spark's external values as the plain Java values of {@link
 * io.millrace.view.ViewProgram#evaluate}.
 */
final class PlainValues {
  private PlainValues() {}

  /** The values of a row whose session has {@code spark.sql.datetime.java8API.enabled}. */
  static List<Object> of(Row row, StructType schema) {
    List<Object> values = new ArrayList<>(schema.length());
    for (int i = 0; i < schema.length(); i++) {
      values.add(of(row.get(i), schema.apply(i).dataType()));
    }
    return values;
  }

  private static Object of(Object value, DataType type) {
    if (value == null) {
      return null;
    }
    if (type instanceof StructType struct) {
      Map<String, Object> fields = new LinkedHashMap<>();
      List<Object> values = of((Row) value, struct);
      for (int i = 0; i < values.size(); i++) {
        fields.put(struct.apply(i).name(), values.get(i));
      }
      return fields;
    }
    if (type instanceof ArrayType array) {
      List<Object> elements = new ArrayList<>();
      for (Object element : CollectionConverters.asJava((scala.collection.Seq<?>) value)) {
        elements.add(of(element, array.elementType()));
      }
      return elements;
    }
    if (type instanceof MapType map) {
      Map<Object, Object> entries = new HashMap<>();
      CollectionConverters.asJava((scala.collection.Map<?, ?>) value)
          .forEach((k, v) -> entries.put(of(k, map.keyType()), of(v, map.valueType())));
      return entries;
    }
    return value;
  }
}
