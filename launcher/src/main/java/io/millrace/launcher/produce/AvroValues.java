package io.millrace.launcher.produce;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/**
 * Makes the value of an Avro schema out of a text or a JSON node. An empty text is null where the
 * schema takes null. Timestamps are ISO-8601 (a space for the T; without a zone: UTC), or numbers
 * in the schema's own unit. Nothing is rounded: a decimal that does not fit is an error. Stateless.
 */
final class AvroValues {
  private AvroValues() {}

  /**
   * @param value a {@link String}, {@link JsonNode}, {@link BigDecimal}, {@link Instant}, {@link
   *     Boolean} or null
   * @throws BadRowException if the schema cannot hold it
   */
  static Object of(Schema schema, Object value) throws BadRowException {
    if (schema.getType() == Schema.Type.UNION) {
      return ofUnion(schema, value);
    }
    if (value == null) {
      throw new BadRowException("found no value, expected " + describe(schema));
    }
    if (value instanceof JsonNode node) {
      return ofJson(schema, node);
    }
    if (value instanceof Instant instant) {
      return ofInstant(schema, instant);
    }
    if (value instanceof BigDecimal number) {
      return ofNumber(schema, number, number.toPlainString());
    }
    return ofText(schema, value.toString());
  }

  private static Object ofUnion(Schema union, Object value) throws BadRowException {
    boolean empty =
        value == null
            || (value instanceof String text && text.isEmpty())
            || (value instanceof JsonNode node && node.isNull());
    BadRowException last = null;
    for (Schema branch : union.getTypes()) {
      boolean isNull = branch.getType() == Schema.Type.NULL;
      if (empty && isNull) {
        return null;
      }
      if (!isNull && value != null) {
        try {
          return of(branch, value);
        } catch (BadRowException e) {
          last = e;
        }
      }
    }
    throw last != null ? last : new BadRowException("found no value, expected " + union);
  }

  private static Object ofText(Schema schema, String text) throws BadRowException {
    return switch (schema.getType()) {
      case STRING -> text;
      case ENUM -> symbol(schema, text);
      case BOOLEAN -> bool(text);
      case INT, LONG ->
          isTime(schema.getLogicalType()) && !isNumber(text)
              ? ofTime(schema, text)
              : ofNumber(schema, number(schema, text), text);
      case FLOAT, DOUBLE -> ofNumber(schema, number(schema, text), text);
      case BYTES, FIXED ->
          schema.getLogicalType() instanceof LogicalTypes.Decimal
              ? ofNumber(schema, number(schema, text), text)
              : bytes(schema, text);
      default -> throw mismatch(schema, text);
    };
  }

  private static Object ofJson(Schema schema, JsonNode node) throws BadRowException {
    switch (schema.getType()) {
      case RECORD -> {
        if (!node.isObject()) {
          throw mismatch(schema, node);
        }
        GenericData.Record made = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
          JsonNode value = node.get(field.name());
          made.put(field.pos(), field(field, value == null || value.isNull() ? null : value));
        }
        return made;
      }
      case ARRAY -> {
        if (!node.isArray()) {
          throw mismatch(schema, node);
        }
        List<Object> made = new ArrayList<>();
        for (JsonNode element : node) {
          made.add(of(schema.getElementType(), element.isNull() ? null : element));
        }
        return made;
      }
      case MAP -> {
        if (!node.isObject()) {
          throw mismatch(schema, node);
        }
        Map<String, Object> made = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
          JsonNode element = entry.getValue();
          made.put(entry.getKey(), of(schema.getValueType(), element.isNull() ? null : element));
        }
        return made;
      }
      default -> {
        if (node.isNumber() && schema.getType() != Schema.Type.STRING) {
          return ofNumber(schema, node.decimalValue(), node.asText());
        }
        if (node.isContainerNode()) {
          throw mismatch(schema, node);
        }
        return ofText(schema, node.asText());
      }
    }
  }

  /** The value of a record's field; a missing one takes the field's default. */
  static Object field(Schema.Field field, Object value) throws BadRowException {
    if (value == null && field.hasDefaultValue()) {
      return GenericData.get().getDefaultValue(field);
    }
    try {
      return of(field.schema(), value);
    } catch (BadRowException e) {
      throw new BadRowException(field.name() + ": " + e.getMessage());
    }
  }

  private static Object ofNumber(Schema schema, BigDecimal number, String text)
      throws BadRowException {
    try {
      return switch (schema.getType()) {
        case INT -> number.intValueExact();
        case LONG -> number.longValueExact();
        case FLOAT -> number.floatValue();
        case DOUBLE -> number.doubleValue();
        case STRING -> text;
        case BOOLEAN -> bool(text);
        case BYTES, FIXED -> decimal(schema, number);
        default -> throw mismatch(schema, text);
      };
    } catch (ArithmeticException e) {
      throw mismatch(schema, text);
    }
  }

  private static Object decimal(Schema schema, BigDecimal number) throws BadRowException {
    if (!(schema.getLogicalType() instanceof LogicalTypes.Decimal type)) {
      throw mismatch(schema, number);
    }
    BigDecimal scaled;
    try {
      scaled = number.setScale(type.getScale(), RoundingMode.UNNECESSARY);
    } catch (ArithmeticException e) {
      throw mismatch(schema, number.toPlainString());
    }
    if (scaled.precision() > type.getPrecision()) {
      throw mismatch(schema, number.toPlainString());
    }
    byte[] unscaled = scaled.unscaledValue().toByteArray();
    if (schema.getType() == Schema.Type.BYTES) {
      return ByteBuffer.wrap(unscaled);
    }
    byte[] fixed = new byte[schema.getFixedSize()];
    java.util.Arrays.fill(fixed, (byte) (scaled.signum() < 0 ? -1 : 0));
    System.arraycopy(unscaled, 0, fixed, fixed.length - unscaled.length, unscaled.length);
    return new GenericData.Fixed(schema, fixed);
  }

  private static Object ofTime(Schema schema, String text) throws BadRowException {
    if (schema.getLogicalType() instanceof LogicalTypes.Date) {
      try {
        return (int)
            LocalDate.parse(text.length() > 10 ? text.substring(0, 10) : text).toEpochDay();
      } catch (DateTimeParseException e) {
        throw mismatch(schema, text);
      }
    }
    return ofInstant(schema, instant(schema, text));
  }

  private static Instant instant(Schema schema, String text) throws BadRowException {
    String iso = text.strip().replace(' ', 'T');
    try {
      boolean zoned =
          iso.endsWith("Z") || iso.indexOf('+') > 0 || iso.lastIndexOf('-') > iso.indexOf('T');
      if (iso.indexOf('T') < 0) {
        return LocalDate.parse(iso).atStartOfDay().toInstant(ZoneOffset.UTC);
      }
      return zoned
          ? OffsetDateTime.parse(iso, DateTimeFormatter.ISO_OFFSET_DATE_TIME).toInstant()
          : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC);
    } catch (DateTimeParseException e) {
      throw mismatch(schema, text);
    }
  }

  private static Object ofInstant(Schema schema, Instant instant) throws BadRowException {
    LogicalType type = schema.getLogicalType();
    try {
      if (type instanceof LogicalTypes.TimestampMillis
          || type instanceof LogicalTypes.LocalTimestampMillis) {
        return instant.toEpochMilli();
      }
      if (type instanceof LogicalTypes.TimestampMicros
          || type instanceof LogicalTypes.LocalTimestampMicros) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
      }
      if (type instanceof LogicalTypes.Date) {
        return (int) instant.atOffset(ZoneOffset.UTC).toLocalDate().toEpochDay();
      }
      if (schema.getType() == Schema.Type.LONG) {
        return instant.toEpochMilli();
      }
      if (schema.getType() == Schema.Type.STRING) {
        return instant.toString();
      }
    } catch (ArithmeticException | DateTimeException e) {
      throw mismatch(schema, instant);
    }
    throw mismatch(schema, instant);
  }

  private static Object symbol(Schema schema, String text) throws BadRowException {
    String wanted = schema.hasEnumSymbol(text) ? text : text.strip().toUpperCase(Locale.ROOT);
    if (!schema.hasEnumSymbol(wanted)) {
      throw new BadRowException("found '" + text + "', expected one of " + schema.getEnumSymbols());
    }
    return new GenericData.EnumSymbol(schema, wanted);
  }

  private static boolean bool(String text) throws BadRowException {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "true", "1", "yes", "t", "y" -> true;
      case "false", "0", "no", "f", "n" -> false;
      default -> throw new BadRowException("found '" + text + "', expected true or false");
    };
  }

  private static Object bytes(Schema schema, String text) throws BadRowException {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (schema.getType() == Schema.Type.BYTES) {
        return ByteBuffer.wrap(bytes);
      }
      if (bytes.length == schema.getFixedSize()) {
        return new GenericData.Fixed(schema, bytes);
      }
    } catch (IllegalArgumentException e) {
      throw mismatch(schema, text);
    }
    throw mismatch(schema, text);
  }

  static BigDecimal number(Schema schema, String text) throws BadRowException {
    try {
      return new BigDecimal(text.strip());
    } catch (NumberFormatException e) {
      throw mismatch(schema, text);
    }
  }

  private static boolean isNumber(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9') && c != '.' && !(c == '-' && i == 0)) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private static boolean isTime(LogicalType type) {
    return type != null && !(type instanceof LogicalTypes.Decimal);
  }

  private static BadRowException mismatch(Schema schema, Object found) {
    return new BadRowException("found '" + found + "', expected " + describe(schema));
  }

  private static String describe(Schema schema) {
    LogicalType type = schema.getLogicalType();
    if (type instanceof LogicalTypes.Decimal decimal) {
      return "a decimal(" + decimal.getPrecision() + "," + decimal.getScale() + ")";
    }
    if (type != null) {
      return "a " + type.getName();
    }
    return switch (schema.getType()) {
      case INT, ENUM, ARRAY -> "an " + schema.getType().getName();
      default -> "a " + schema.getType().getName();
    };
  }
}
