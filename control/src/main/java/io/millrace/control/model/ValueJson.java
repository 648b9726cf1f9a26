package io.millrace.control.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Period;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Collection;
import java.util.Map;

/**
 * The JSON form of a view's values: the one every answer, file and comparison uses.
 *
 * <table>
 *   <caption>Forms</caption>
 *   <tr><td>NULL</td><td>{@code null}</td></tr>
 *   <tr><td>BOOLEAN</td><td>{@code true}</td></tr>
 *   <tr><td>TINYINT … BIGINT, FLOAT, DOUBLE</td><td>number; {@code "NaN"}, {@code "Infinity"},
 *       {@code "-Infinity"}</td></tr>
 *   <tr><td>DECIMAL</td><td>string with all its digits: {@code "12.50"}</td></tr>
 *   <tr><td>STRING</td><td>string</td></tr>
 *   <tr><td>BINARY</td><td>base64 string</td></tr>
 *   <tr><td>DATE</td><td>{@code "2026-01-01"}</td></tr>
 *   <tr><td>TIMESTAMP</td><td>{@code "2026-01-01T00:00:00Z"}, a fraction only if it is not zero</td></tr>
 *   <tr><td>TIMESTAMP_NTZ</td><td>{@code "2026-01-01T00:00:00"}</td></tr>
 *   <tr><td>INTERVAL</td><td>ISO-8601: {@code "P1Y2M"}, {@code "PT1H30M"}</td></tr>
 *   <tr><td>ARRAY</td><td>array</td></tr>
 *   <tr><td>STRUCT</td><td>object</td></tr>
 *   <tr><td>MAP</td><td>object if all keys are strings, else an array of {@code [key, value]}</td></tr>
 * </table>
 *
 * <p>The law: a node that is written and read again by Jackson equals itself. Numbers therefore use
 * the node types that Jackson's parser makes, and two values have equal nodes exactly when their
 * JSON texts are equal.
 *
 * <p>Stateless and thread-safe.
 */
public final class ValueJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private ValueJson() {}

  /**
   * @param value one of the Java types that a view program's {@code evaluate} gives
   * @throws IllegalArgumentException if it is of another type
   */
  public static JsonNode node(Object value) {
    if (value == null) {
      return NullNode.instance;
    }
    if (value instanceof String text) {
      return TextNode.valueOf(text);
    }
    if (value instanceof Boolean bool) {
      return BooleanNode.valueOf(bool);
    }
    if (value instanceof BigDecimal decimal) {
      return TextNode.valueOf(decimal.toPlainString());
    }
    if (value instanceof Number number) {
      return number(number);
    }
    if (value instanceof byte[] bytes) {
      return TextNode.valueOf(Base64.getEncoder().encodeToString(bytes));
    }
    if (value instanceof LocalDateTime time) {
      return TextNode.valueOf(DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(time));
    }
    if (value instanceof Instant
        || value instanceof LocalDate
        || value instanceof Period
        || value instanceof Duration) {
      return TextNode.valueOf(value.toString());
    }
    if (value instanceof Collection<?> items) {
      ArrayNode array = NODES.arrayNode(items.size());
      items.forEach(item -> array.add(node(item)));
      return array;
    }
    if (value instanceof Map<?, ?> map) {
      return map(map);
    }
    throw new IllegalArgumentException(
        "cannot write a value as JSON: found "
            + value.getClass().getName()
            + ", expected a value of a Spark SQL type");
  }

  private static JsonNode number(Number number) {
    if (number instanceof Double || number instanceof Float) {
      double value = number.doubleValue();
      if (Double.isNaN(value) || Double.isInfinite(value)) {
        return TextNode.valueOf(Double.toString(value));
      }
      // A float's own shortest text, so that 0.1f is 0.1 and not 0.10000000149011612.
      return DoubleNode.valueOf(
          number instanceof Float ? Double.parseDouble(number.toString()) : value);
    }
    if (number instanceof Long
        || number instanceof Integer
        || number instanceof Short
        || number instanceof Byte) {
      long value = number.longValue();
      return value == (int) value ? IntNode.valueOf((int) value) : LongNode.valueOf(value);
    }
    throw new IllegalArgumentException(
        "cannot write a number as JSON: found "
            + number.getClass().getName()
            + ", expected an integer, floating point or decimal type");
  }

  private static JsonNode map(Map<?, ?> map) {
    if (map.keySet().stream().allMatch(String.class::isInstance)) {
      ObjectNode object = NODES.objectNode();
      map.forEach((key, value) -> object.set((String) key, node(value)));
      return object;
    }
    ArrayNode entries = NODES.arrayNode(map.size());
    map.forEach((key, value) -> entries.addArray().add(node(key)).add(node(value)));
    return entries;
  }
}
