package io.millrace.launcher.produce.row;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as it is written: numbers with all their digits, and strings that look like numbers are
 * strings. {@code NaN} and {@code Infinity} are numbers, too, for programs write them. Stateless.
 */
public final class Json {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private Json() {}

  /** A string. */
  public record Text(String text) {
    @Override
    public String toString() {
      return text;
    }
  }

  /** A number, as it is written. */
  public record Number(String text) {
    @Override
    public String toString() {
      return text;
    }
  }

  /** A field that is there and null, unlike one that is missing. */
  public enum Null {
    VALUE;

    @Override
    public String toString() {
      return "null";
    }
  }

  /**
   * The fields of the one object that a text is: {@link Text}, {@link Number}, {@link Boolean},
   * {@link Null}, {@link List} or {@link Map}.
   *
   * @throws BadRowException if it is anything else, or has a field twice
   */
  public static Map<String, Object> object(String text) throws BadRowException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new BadRowException("found no JSON object");
      }
      Map<String, Object> object = fields(parser);
      if (parser.nextToken() != null) {
        throw new BadRowException("found text after the JSON object, expected one per line");
      }
      return object;
    } catch (JsonProcessingException e) {
      throw new BadRowException(e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot be: the text is in memory", e);
    }
  }

  private static Map<String, Object> fields(JsonParser parser) throws IOException, BadRowException {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      fields.put(sound(name), value(parser));
    }
    return fields;
  }

  private static Object value(JsonParser parser) throws IOException, BadRowException {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> new Text(sound(parser.getText()));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Number(parser.getText());
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> Null.VALUE;
      case START_OBJECT -> fields(parser);
      case START_ARRAY -> {
        List<Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          elements.add(value(parser));
        }
        yield elements;
      }
      default -> throw new BadRowException("found " + parser.currentToken() + ", expected a value");
    };
  }

  /** Half a character would become a question mark in UTF-8. */
  private static String sound(String text) throws BadRowException {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          throw new BadRowException(
              String.format("found half a character, \\u%04x, expected pairs of them", (int) c));
        }
        i++;
      }
    }
    return text;
  }
}
