package io.millrace.system.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** One operation of a JSON patch (RFC 6902): {@code add}, {@code replace} or {@code remove}. */
final class JsonPatch {
  private JsonPatch() {}

  /**
   * @throws IllegalArgumentException if there is nothing to replace or remove, or no place to add
   *     to
   */
  static void apply(ObjectNode tree, JsonNode operation) {
    String op = operation.path("op").asText();
    String path = operation.path("path").asText();
    JsonNode value = operation.path("value").deepCopy();
    int last = path.lastIndexOf('/');
    JsonNode parent = tree.at(path.substring(0, last));
    String name = path.substring(last + 1).replace("~1", "/").replace("~0", "~");
    if (parent instanceof ObjectNode object && (op.equals("add") || object.has(name))) {
      switch (op) {
        case "add", "replace" -> object.set(name, value);
        case "remove" -> object.remove(name);
        default -> throw refused(operation);
      }
    } else if (parent instanceof ArrayNode list && op.equals("add") && name.equals("-")) {
      list.add(value);
    } else if (parent instanceof ArrayNode list && list.has(Integer.parseInt(name))) {
      switch (op) {
        case "replace" -> list.set(Integer.parseInt(name), value);
        case "remove" -> list.remove(Integer.parseInt(name));
        default -> throw refused(operation);
      }
    } else {
      throw refused(operation);
    }
  }

  private static IllegalArgumentException refused(JsonNode operation) {
    return new IllegalArgumentException("cannot apply the patch " + operation);
  }
}
