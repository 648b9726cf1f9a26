package io.millrace.system;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/** One text for one value, whether it came as JSON, from Spark or from the oracle. */
final class Canonical {
  private Canonical() {}

  static String of(Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof JsonNode node) {
      return json(node);
    }
    if (value instanceof Row row) {
      TreeMap<String, String> fields = new TreeMap<>();
      for (int i = 0; i < row.size(); i++) {
        fields.put(row.schema().fieldNames()[i], of(row.get(i)));
      }
      return fields.toString();
    }
    if (value instanceof Timestamp timestamp) {
      return timestamp.toInstant().toString();
    }
    if (value instanceof Number number) {
      return number(new BigDecimal(number.toString()));
    }
    return value.toString();
  }

  private static String json(JsonNode node) {
    if (node.isNull()) {
      return "null";
    }
    if (node.isNumber()) {
      return number(node.decimalValue());
    }
    if (node.isObject()) {
      TreeMap<String, String> fields = new TreeMap<>();
      node.fields().forEachRemaining(e -> fields.put(e.getKey(), json(e.getValue())));
      return fields.toString();
    }
    if (node.isArray()) {
      List<String> elements = new ArrayList<>();
      node.forEach(element -> elements.add(json(element)));
      return elements.toString();
    }
    return text(node.asText());
  }

  /** A DECIMAL and a TIMESTAMP both come as JSON strings. */
  private static String text(String text) {
    if (text.matches("-?\\d+\\.\\d+")) {
      return number(new BigDecimal(text));
    }
    if (text.matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z")) {
      return Instant.parse(text).toString();
    }
    return text;
  }

  private static String number(BigDecimal number) {
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
  }
}
