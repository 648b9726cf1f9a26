package io.millrace.launcher.produce;

import io.millrace.launcher.produce.row.BadRowException;
import io.millrace.launcher.produce.row.Json;
import io.millrace.launcher.produce.row.Row;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/**
 * Makes the value of an Avro schema out of a text or a JSON value. An empty text is null where the
 * schema takes null. Timestamps are ISO-8601, or numbers in the schema's own unit; dates are
 * ISO-8601. Nothing is rounded: a decimal that does not fit is an error. In a union a JSON string
 * stays a string and a JSON number a number, where it has such branches; a text of a file without
 * types becomes a number only if that is written the same. Stateless.
 */
final class AvroValues {
  /** A number as it is written when it is printed again, but for the fraction of a whole one. */
  private static final Pattern CANONICAL =
      Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]*[1-9])?");

  /** How much of a value a message shows. */
  private static final int SHOWN = 200;

  private AvroValues() {}

  /**
   * @param value what {@link Row#value} gives, or {@link BigDecimal}, {@link Instant}, {@link
   *     ZonedDateTime}
   * @throws BadRowException if the schema cannot hold it
   */
  static Object of(Schema schema, Object value) throws BadRowException {
    if (schema.getType() == Schema.Type.UNION) {
      return ofUnion(schema, value);
    }
    if (value == null || value == Json.Null.VALUE) {
      throw new BadRowException("found no value, expected " + describe(schema));
    }
    if (value instanceof Json.Number number) {
      return ofNumber(schema, number.text());
    }
    if (value instanceof Map<?, ?> || value instanceof List<?>) {
      return ofContainer(schema, value);
    }
    if (value instanceof ZonedDateTime time) {
      return Times.of(schema, time);
    }
    if (value instanceof Instant instant) {
      return Times.of(schema, instant);
    }
    if (value instanceof BigDecimal number) {
      return schema.getType() == Schema.Type.STRING
          ? number.toPlainString()
          : ofNumber(schema, number.toPlainString());
    }
    return ofText(schema, value.toString());
  }

  /** The value of a record's field; a missing one takes the field's default. */
  static Object field(Schema.Field field, Object value) throws BadRowException {
    boolean missing = value == null || value == Json.Null.VALUE && !field.schema().isNullable();
    if (missing && field.hasDefaultValue()) {
      return GenericData.get().getDefaultValue(field);
    }
    try {
      return of(field.schema(), value);
    } catch (BadRowException e) {
      throw new BadRowException(field.name() + ": " + e.getMessage());
    }
  }

  private static Object ofUnion(Schema union, Object value) throws BadRowException {
    boolean empty =
        value == null || value == Json.Null.VALUE || value instanceof String text && text.isEmpty();
    if (empty && union.isNullable()) {
      return null;
    }
    List<Schema> types = union.getTypes();
    if (types.size() == 2 && union.isNullable()) {
      // Nearly all unions: no list is made for each value.
      return of(types.get(types.get(0).getType() == Schema.Type.NULL ? 1 : 0), value);
    }
    List<Schema> branches =
        types.stream().filter(branch -> branch.getType() != Schema.Type.NULL).toList();
    if (branches.isEmpty()) {
      throw mismatch(types.get(0), value);
    }
    if (branches.size() == 1 || value == null) {
      return of(branches.get(0), value);
    }
    boolean hasString =
        branches.stream().anyMatch(branch -> branch.getType() == Schema.Type.STRING);
    Object nearest = null;
    for (Schema branch : inOrder(branches, value)) {
      try {
        Object made = of(branch, value);
        if (isFaithful(branch, value, made, hasString)) {
          return made;
        }
        nearest = nearest == null && !(hasString && value instanceof String) ? made : nearest;
      } catch (BadRowException e) {
        // Another branch may take it; if none does, the message below names them all.
        continue;
      }
    }
    if (nearest != null) {
      return nearest;
    }
    throw new BadRowException(
        "found '"
            + shortened(value)
            + "', expected "
            + String.join(" or ", branches.stream().map(AvroValues::describe).toList()));
  }

  /** The branches of the value's own kind first. */
  private static List<Schema> inOrder(List<Schema> branches, Object value) {
    List<Schema> ordered = new ArrayList<>();
    for (boolean own : new boolean[] {true, false}) {
      for (Schema branch : branches) {
        if (isOwn(branch, value) == own) {
          ordered.add(branch);
        }
      }
    }
    return ordered;
  }

  private static boolean isOwn(Schema branch, Object value) {
    return switch (branch.getType()) {
      case STRING -> value instanceof Json.Text || value instanceof String;
      case INT, LONG, FLOAT, DOUBLE -> !(value instanceof Json.Text) && !(value instanceof Boolean);
      case BYTES, FIXED ->
          branch.getLogicalType() instanceof LogicalTypes.Decimal
              && !(value instanceof Json.Text)
              && !(value instanceof Boolean);
      case BOOLEAN -> value instanceof Boolean || value instanceof String;
      case ENUM -> value instanceof String;
      default -> false;
    };
  }

  /** Whether nothing of a value is lost in a branch, where another one could keep it. */
  private static boolean isFaithful(Schema branch, Object value, Object made, boolean hasString)
      throws BadRowException {
    if (value instanceof Json.Number || value instanceof BigDecimal) {
      return Numbers.exact(made, value.toString());
    }
    if (!(value instanceof String text)) {
      return true;
    }
    if (!hasString) {
      return Numbers.exact(made, text);
    }
    return switch (branch.getType()) {
      case STRING -> true;
      case ENUM -> made.toString().equals(text);
      case BOOLEAN -> text.equals("true") || text.equals("false");
      case INT, LONG ->
          Times.isDate(branch.getLogicalType())
              || (Times.isTimestamp(branch.getLogicalType())
                  ? !isNumber(text)
                  : CANONICAL.matcher(text).matches());
      case FLOAT, DOUBLE -> CANONICAL.matcher(text).matches() && Numbers.exact(made, text);
      case BYTES, FIXED ->
          branch.getLogicalType() instanceof LogicalTypes.Decimal
              && CANONICAL.matcher(text).matches();
      default -> false;
    };
  }

  private static Object ofText(Schema schema, String text) throws BadRowException {
    return switch (schema.getType()) {
      case STRING -> text;
      case ENUM -> symbol(schema, text);
      case BOOLEAN -> bool(text);
      case INT, LONG ->
          isTime(schema.getLogicalType()) && !isNumber(text)
              ? Times.ofText(schema, text)
              : ofNumber(schema, text);
      case FLOAT, DOUBLE -> Numbers.ofText(schema, text);
      case BYTES, FIXED ->
          schema.getLogicalType() instanceof LogicalTypes.Decimal
              ? Numbers.ofText(schema, text)
              : bytes(schema, text);
      default -> throw mismatch(schema, text);
    };
  }

  private static Object ofNumber(Schema schema, String text) throws BadRowException {
    return switch (schema.getType()) {
      case STRING -> text;
      case BOOLEAN -> bool(text);
      case INT, LONG, FLOAT, DOUBLE, BYTES, FIXED -> {
        Times.refuseNumber(schema, text);
        yield Numbers.ofText(schema, text);
      }
      default -> throw mismatch(schema, text);
    };
  }

  private static Object ofContainer(Schema schema, Object value) throws BadRowException {
    if (schema.getType() == Schema.Type.ARRAY && value instanceof List<?> elements) {
      List<Object> made = new ArrayList<>();
      for (Object element : elements) {
        made.add(of(schema.getElementType(), element));
      }
      return made;
    }
    if (schema.getType() == Schema.Type.MAP && value instanceof Map<?, ?> entries) {
      Map<String, Object> made = new HashMap<>();
      for (Map.Entry<?, ?> entry : entries.entrySet()) {
        made.put(entry.getKey().toString(), of(schema.getValueType(), entry.getValue()));
      }
      return made;
    }
    if (schema.getType() == Schema.Type.RECORD && value instanceof Map<?, ?> fields) {
      GenericData.Record made = new GenericData.Record(schema);
      for (Schema.Field field : schema.getFields()) {
        made.put(field.pos(), field(field, fields.get(field.name())));
      }
      return made;
    }
    throw mismatch(schema, value);
  }

  private static Object symbol(Schema schema, String text) throws BadRowException {
    String wanted = schema.hasEnumSymbol(text) ? text : text.strip().toUpperCase(Locale.ROOT);
    if (!schema.hasEnumSymbol(wanted)) {
      throw new BadRowException(
          "found '" + shortened(text) + "', expected one of " + schema.getEnumSymbols());
    }
    return new GenericData.EnumSymbol(schema, wanted);
  }

  private static boolean bool(String text) throws BadRowException {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "true", "1", "yes", "t", "y" -> true;
      case "false", "0", "no", "f", "n" -> false;
      default ->
          throw new BadRowException("found '" + shortened(text) + "', expected true or false");
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

  private static boolean isNumber(String text) {
    String stripped = text.strip();
    for (int i = 0; i < stripped.length(); i++) {
      char c = stripped.charAt(i);
      if (!(c >= '0' && c <= '9') && c != '.' && !(c == '-' && i == 0)) {
        return false;
      }
    }
    return !stripped.isEmpty();
  }

  private static boolean isTime(LogicalType type) {
    return type != null && !(type instanceof LogicalTypes.Decimal);
  }

  static BadRowException mismatch(Schema schema, Object found) {
    return new BadRowException("found '" + shortened(found) + "', expected " + describe(schema));
  }

  static String shortened(Object found) {
    String text = String.valueOf(found);
    return text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
  }

  /** What a schema takes, for a message. */
  static String describe(Schema schema) {
    LogicalType type = schema.getLogicalType();
    if (type instanceof LogicalTypes.Decimal decimal) {
      return "a decimal(" + decimal.getPrecision() + "," + decimal.getScale() + ")";
    }
    if (Times.isDate(type)) {
      return "a date such as 2026-01-31";
    }
    if (type != null) {
      return "a "
          + type.getName()
          + (Times.isTimestamp(type) ? " such as 2026-01-31T06:15:00Z" : "");
    }
    return switch (schema.getType()) {
      case INT, ENUM, ARRAY -> "an " + schema.getType().getName();
      default -> "a " + schema.getType().getName();
    };
  }
}
