package io.millrace.serving.lookup.content;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The rows of a JSON file: a field that an object lacks is NULL, one that no column is named after
 * is left out. A number keeps all its digits, and reaches its column as the text that it is.
 */
final class JsonRows implements LookupRows {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  /** A number with an exponent is put out as long as it is no longer than this. */
  private static final int MOST_DIGITS = 100;

  private final LookupFile file;
  private final List<String> columns;
  private final JsonParser parser;
  private boolean began;
  private boolean inArray;
  private JsonNode object;
  private long number = 1;

  JsonRows(LookupDefinition definition, LookupFile file) {
    this.file = file;
    this.columns =
        definition.columns().stream()
            .map(column -> column.name().toLowerCase(Locale.ROOT))
            .toList();
    try {
      this.parser = JSON.createParser(file.open());
    } catch (IOException e) {
      throw file.unreadable(e);
    }
  }

  @Override
  public boolean next() {
    try {
      JsonToken token = parser.nextToken();
      if (!began && token == JsonToken.START_ARRAY) {
        inArray = true;
        token = parser.nextToken();
      }
      began = true;
      number = parser.currentTokenLocation().getLineNr();
      if (inArray && token == JsonToken.END_ARRAY) {
        token = parser.nextToken();
        if (token != null) {
          number = parser.currentTokenLocation().getLineNr();
          throw file.bad("line", number, "found more after the array, expected the file's end");
        }
      }
      if (token == null) {
        return false;
      }
      if (token != JsonToken.START_OBJECT) {
        throw file.bad(
            "line", number, "found " + parser.getText() + ", expected an object {…} for each row");
      }
      object = parser.readValueAsTree();
      return true;
    } catch (JsonProcessingException e) {
      throw unreadable(e);
    } catch (IOException e) {
      throw file.unreadable(e);
    }
  }

  private MillraceException unreadable(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    return file.bad(
        "line",
        at == null ? number : at.getLineNr(),
        "found what is no JSON (" + e.getOriginalMessage() + "), expected objects in UTF-8");
  }

  @Override
  public List<Object> values() {
    Map<String, Object> fields = new HashMap<>();
    for (Iterator<Map.Entry<String, JsonNode>> each = object.fields(); each.hasNext(); ) {
      Map.Entry<String, JsonNode> field = each.next();
      String name = field.getKey().toLowerCase(Locale.ROOT);
      if (columns.contains(name)) {
        if (fields.containsKey(name)) {
          throw file.bad(
              "line",
              number,
              "found field " + field.getKey() + " twice, by case alone, expected it once");
        }
        fields.put(name, value(field.getKey(), field.getValue()));
      }
    }
    List<Object> values = new ArrayList<>(columns.size());
    columns.forEach(column -> values.add(fields.get(column)));
    return values;
  }

  private Object value(String name, JsonNode value) {
    if (value.isNull()) {
      return null;
    }
    if (value.isContainerNode()) {
      throw file.bad(
          "line",
          number,
          "column "
              + name
              + ": found "
              + (value.isArray() ? "an array" : "an object")
              + ", expected one value");
    }
    if (value.isBigDecimal() && Math.abs(value.decimalValue().scale()) <= MOST_DIGITS) {
      return value.decimalValue().toPlainString();
    }
    return value.asText();
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public String unit() {
    return "line";
  }

  @Override
  public void close() {
    try {
      parser.close();
    } catch (IOException e) {
      throw file.unreadable(e);
    }
  }
}
