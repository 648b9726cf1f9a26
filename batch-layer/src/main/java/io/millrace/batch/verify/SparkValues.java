package io.millrace.batch.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.control.model.ValueJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/** Values of Spark rows in the one JSON form of {@link ValueJson}. Stateless. */
final class SparkValues {
  private SparkValues() {}

  static List<JsonNode> nodes(Row row) {
    List<JsonNode> nodes = new ArrayList<>(row.size());
    for (int i = 0; i < row.size(); i++) {
      nodes.add(ValueJson.node(plain(row.get(i))));
    }
    return nodes;
  }

  /** The value in Java's own types, as a view program gives them. */
  private static Object plain(Object value) {
    if (value instanceof Row struct) {
      Map<String, Object> fields = new LinkedHashMap<>();
      StructType schema = struct.schema();
      for (int i = 0; i < struct.size(); i++) {
        fields.put(schema.fieldNames()[i], plain(struct.get(i)));
      }
      return fields;
    }
    if (value instanceof scala.collection.Map<?, ?> map) {
      Map<Object, Object> entries = new LinkedHashMap<>();
      CollectionConverters.asJava(map).forEach((key, item) -> entries.put(plain(key), plain(item)));
      return entries;
    }
    if (value instanceof scala.collection.Seq<?> items) {
      List<Object> list = new ArrayList<>();
      CollectionConverters.asJava(items).forEach(item -> list.add(plain(item)));
      return list;
    }
    return value;
  }
}
