package io.millrace.serving.lookup.content;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The rows of a JSON file: a field that an object lacks is NULL, one that no column is named after
 * is left out. A number keeps all its digits, and reaches its column as the text that it is. Of an
 * object no more is held than the values of columns.
 */
final class JsonRows implements LookupRows {
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonFactory.Feature.INTERN_FIELD_NAMES).build();

  /** A number with an exponent is put out as long as it is no longer than this. */
  private static final int MOST_DIGITS = 100;

  private final LookupFile file;

  /** By the name in small letters, where the column stands. */
  private final Map<String, Integer> places = new HashMap<>();

  private final JsonParser parser;
  private boolean began;
  private boolean inArray;
  private List<Object> row;
  private long number = 1;

  JsonRows(LookupDefinition definition, LookupFile file) {
    this.file = file;
    definition
        .columns()
        .forEach(column -> places.put(column.name().toLowerCase(Locale.ROOT), places.size()));
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
      if (!began && token == null) {
        throw file.bad(
            "line", number, "found an empty file, expected objects; write [] if there are none");
      }
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
      row = object();
      return true;
    } catch (JsonProcessingException e) {
      throw unreadable(e);
    } catch (IOException e) {
      throw file.unreadable(e);
    }
  }

  /** From its first field to its end. */
  private List<Object> object() throws IOException {
    Object[] values = new Object[places.size()];
    boolean[] found = new boolean[places.size()];
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      Integer place = places.get(name.toLowerCase(Locale.ROOT));
      parser.nextToken();
      if (place == null) {
        parser.skipChildren();
      } else if (found[place]) {
        throw file.bad(
            "line", number, "found field " + name + " twice, whatever its case, expected it once");
      } else {
        found[place] = true;
        values[place] = value(name);
      }
    }
    return Collections.unmodifiableList(Arrays.asList(values));
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
    return row;
  }

  private Object value(String name) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_NULL -> null;
      case START_ARRAY, START_OBJECT ->
          throw file.bad(
              "line",
              number,
              "column "
                  + name
                  + ": found "
                  + (parser.currentToken() == JsonToken.START_ARRAY ? "an array" : "an object")
                  + ", expected one value");
      case VALUE_NUMBER_FLOAT -> {
        BigDecimal decimal = parser.getDecimalValue();
        yield Math.abs(decimal.scale()) <= MOST_DIGITS
            ? decimal.toPlainString()
            : decimal.toString();
      }
      default -> parser.getText();
    };
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
