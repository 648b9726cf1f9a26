package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import io.millrace.control.config.EditDistance;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.query.SqlQuery;
import io.millrace.serving.view.AtLeast;
import io.millrace.serving.view.QueryLayer;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads questions in SQL from requests. Stateless. */
final class SqlRequests {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true))
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final List<String> KEYS =
      List.of("sql", "parameters", "limit", "layer", AtLeast.POSITION, AtLeast.TIMEOUT);
  private static final List<String> WORDS = List.of("layer", AtLeast.POSITION, AtLeast.TIMEOUT);
  private static final String PARAMETER = "parameter.";
  private static final String FORMAT = "format";
  private static final String ALL = "all";

  private SqlRequests() {}

  /**
   * @param body {@code {"sql": …, "parameters": {…}, "limit": …, "layer": …, "at_least": …,
   *     "timeout": …}}
   * @throws MillraceException {@code BAD_REQUEST}
   */
  static SqlQuery ofBody(byte[] body) {
    JsonNode node = json(body);
    if (!node.isObject()) {
      throw bad("a body that is no JSON object", "{\"sql\": \"SELECT …\"}", "write one");
    }
    unicode(node);
    node.fieldNames().forEachRemaining(SqlRequests::known);
    if (!node.path("sql").isTextual()) {
      throw bad("no text at 'sql'", "{\"sql\": \"SELECT …\"}", "give the question there");
    }
    return new SqlQuery(
        node.get("sql").textValue(),
        parameters(node.path("parameters")),
        limit(node.path("limit")),
        layer(text(node, "layer")),
        AtLeast.read(text(node, AtLeast.POSITION), text(node, AtLeast.TIMEOUT)));
  }

  private static String text(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw bad(key + " " + value, "a text", "write it in quotes");
    }
    return value.textValue();
  }

  private static QueryLayer layer(String label) {
    return label == null
        ? QueryLayer.MERGED
        : QueryLayer.of(label)
            .orElseThrow(
                () -> bad("layer '" + label + "'", "merged, batch or speed", "choose one"));
  }

  private static JsonNode json(byte[] body) {
    try {
      JsonNode node = JSON.readTree(body);
      return node == null ? JSON.missingNode() : node;
    } catch (JsonProcessingException e) {
      throw bad(
          "a body that is no JSON: " + e.getOriginalMessage(),
          "{\"sql\": \"SELECT …\"}",
          "correct it");
    } catch (IOException e) {
      throw bad("a body that is no JSON: " + e.getMessage(), "UTF-8", "correct it");
    }
  }

  /** Half a character can be written in JSON, and nowhere else: no answer could repeat it. */
  private static void unicode(JsonNode node) {
    node.fieldNames().forEachRemaining(SqlRequests::unicode);
    node.forEach(SqlRequests::unicode);
    if (node.isTextual()) {
      unicode(node.textValue());
    }
  }

  private static void unicode(String text) {
    for (int i = 0; i < text.length(); i++) {
      boolean pair =
          i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
      if (Character.isSurrogate(text.charAt(i)) && !pair) {
        throw bad(
            "half a character, \\u%04x, in the body".formatted((int) text.charAt(i)),
            "both halves, or none",
            "correct it");
      }
      i += pair ? 1 : 0;
    }
  }

  private static void known(String key) {
    if (!KEYS.contains(key)) {
      String nearest =
          KEYS.stream()
              .min(Comparator.comparingInt(known -> EditDistance.between(known, key)))
              .orElseThrow();
      throw bad("unknown key '" + key + "'", "one of " + KEYS, "did you mean '" + nearest + "'?");
    }
  }

  private static Map<String, Object> parameters(JsonNode node) {
    if (!node.isMissingNode() && !node.isNull() && !node.isObject()) {
      throw bad("parameters that are no JSON object", "{\"name\": value}", "write one");
    }
    Map<String, Object> parameters = new LinkedHashMap<>();
    node.fields()
        .forEachRemaining(e -> parameters.put(e.getKey(), value(e.getKey(), e.getValue())));
    return parameters;
  }

  private static Object value(String name, JsonNode node) {
    if (node.isNull()) {
      return null;
    } else if (node.isTextual()) {
      return node.textValue();
    } else if (node.isBoolean()) {
      return node.booleanValue();
    } else if (node.isInt()) {
      return node.intValue();
    } else if (node.isLong()) {
      return node.longValue();
    } else if (node.getNodeType() == JsonNodeType.NUMBER) {
      BigDecimal number = node.decimalValue();
      // No number with thousands of digits is written out.
      long digits = (long) number.precision() - Math.min(0, number.scale());
      if (number.scale() <= 38 && digits <= 38) {
        return number.scale() < 0 ? number.setScale(0) : number;
      }
      throw bad(
          "parameter '" + name + "' " + number, "at most 38 digits", "round it, or send a text");
    }
    throw bad(
        "parameter '" + name + "' that is an array or object",
        "null, true, false, a number or a text",
        "write IN (:a, :b) with a parameter each");
  }

  private static OptionalInt limit(JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return OptionalInt.empty();
    }
    if (node.isTextual() && node.textValue().equals(ALL)) {
      return OptionalInt.of(SqlQuery.ALL);
    }
    if (!node.isInt()) {
      throw bad("limit " + node, "a whole number, or \"all\"", "correct it");
    }
    return OptionalInt.of(node.intValue());
  }

  /**
   * @param parameters {@code q}, {@code limit}, {@code layer}, {@code at_least}, {@code timeout},
   *     and {@code parameter.NAME} for texts
   * @throws MillraceException {@code BAD_REQUEST}
   */
  static SqlQuery ofParameters(Map<String, List<String>> parameters) {
    String sql = null;
    OptionalInt limit = OptionalInt.empty();
    Map<String, String> words = new HashMap<>();
    Map<String, Object> values = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> parameter : parameters.entrySet()) {
      String name = parameter.getKey();
      if (parameter.getValue().size() > 1) {
        throw bad("parameter '" + name + "' several times", "each at most once", "send one value");
      }
      String value = parameter.getValue().get(0);
      if (name.equals("q")) {
        sql = value;
      } else if (name.equals("limit")) {
        limit = limit(value);
      } else if (name.equals(FORMAT)) {
        continue;
      } else if (WORDS.contains(name)) {
        words.put(name, value);
      } else if (name.startsWith(PARAMETER)) {
        values.put(name.substring(PARAMETER.length()), value);
      } else {
        throw bad(
            "parameter '" + name + "'",
            "q, limit, format, " + String.join(", ", WORDS) + " or parameter.NAME",
            "POST {\"sql\": …} for values that are no texts");
      }
    }
    if (sql == null) {
      throw bad("no parameter q", "the question there", "ask /v1/sql?q=SELECT…, or POST it");
    }
    return new SqlQuery(
        sql,
        values,
        limit,
        layer(words.get("layer")),
        AtLeast.read(words.get(AtLeast.POSITION), words.get(AtLeast.TIMEOUT)));
  }

  /** The form of the answer that is named. */
  static Optional<String> format(Map<String, List<String>> parameters) {
    return Optional.ofNullable(parameters.get(FORMAT)).map(values -> values.get(0));
  }

  /**
   * As {@link #format}, of a request whose question is in its body.
   *
   * @throws MillraceException {@code BAD_REQUEST} for another parameter
   */
  static Optional<String> formatOfPost(Map<String, List<String>> parameters) {
    for (Map.Entry<String, List<String>> parameter : parameters.entrySet()) {
      if (!parameter.getKey().equals(FORMAT) || parameter.getValue().size() > 1) {
        throw bad(
            "parameter '" + parameter.getKey() + "' of a POST",
            "format alone, once",
            "say the rest in the body");
      }
    }
    return format(parameters);
  }

  private static OptionalInt limit(String value) {
    if (value.equals(ALL)) {
      return OptionalInt.of(SqlQuery.ALL);
    }
    try {
      return OptionalInt.of(Integer.parseInt(value));
    } catch (NumberFormatException e) {
      throw bad("limit '" + value + "'", "a whole number, or all", "correct it");
    }
  }

  private static MillraceException bad(String found, String expected, String instead) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot answer: found %s, expected %s; %s".formatted(found, expected, instead));
  }
}
