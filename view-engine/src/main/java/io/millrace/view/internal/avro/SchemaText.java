package io.millrace.view.internal.avro;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.apache.avro.Schema;

/**
 * Two normal forms of a schema, both schemas themselves. Unlike Avro's parsing canonical form they
 * keep logical types: bytes that mean different things have different texts.
 */
public final class SchemaText {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> WRITER_KEYS =
      List.of(
          "type",
          "name",
          "namespace",
          "fields",
          "items",
          "values",
          "symbols",
          "size",
          "logicalType",
          "precision",
          "scale");
  private static final List<String> READER_KEYS = List.of("default", "aliases");

  private SchemaText() {}

  /** What decides how bytes written with the schema are read: no documentation, no defaults. */
  public static String asWriter(Schema schema) {
    return normal(schema, WRITER_KEYS).toString();
  }

  /** As {@link #asWriter}, with what a reader adds: defaults and aliases. */
  public static String asReader(Schema schema) {
    List<String> keys = new java.util.ArrayList<>(WRITER_KEYS);
    keys.addAll(READER_KEYS);
    return normal(schema, keys).toString();
  }

  private static JsonNode normal(Schema schema, List<String> keys) {
    try {
      return normal(JSON.readTree(schema.toString()), keys);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a schema is not JSON", e);
    }
  }

  private static JsonNode normal(JsonNode node, List<String> keys) {
    if (node instanceof ArrayNode array) {
      ArrayNode result = JSON.createArrayNode();
      array.forEach(element -> result.add(normal(element, keys)));
      return result;
    }
    if (node instanceof ObjectNode object) {
      ObjectNode result = JSON.createObjectNode();
      for (String key : keys) {
        JsonNode value = object.get(key);
        if (value != null) {
          boolean schemas = !key.equals("default") && value.isContainerNode();
          result.set(key, schemas ? normal(value, keys) : value);
        }
      }
      return result;
    }
    return node;
  }
}
