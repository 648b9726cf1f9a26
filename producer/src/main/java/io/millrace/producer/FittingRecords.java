package io.millrace.producer;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;

/**
 * Makes records of a schema out of what people have: records of another schema, maps, Java's types
 * for Avro's logical ones. What would have to be rounded or guessed is refused, with the field.
 * Immutable.
 */
final class FittingRecords {
  private static final int SHOWN = 60;

  private final String source;
  private final Schema schema;

  FittingRecords(String source, Schema schema) {
    this.source = source;
    this.schema = schema;
  }

  /** Why a value does not fit. Without a stack trace: unions try one branch after the other. */
  private static final class Misfit extends Exception {
    private static final long serialVersionUID = 1L;

    private Misfit(String message) {
      super(message, null, false, false);
    }

    private Misfit at(String name) {
      boolean inner = getMessage().startsWith(".") || getMessage().startsWith("[");
      return new Misfit("." + name + (inner ? "" : ": ") + getMessage());
    }

    private Misfit at(int index) {
      boolean inner = getMessage().startsWith(".") || getMessage().startsWith("[");
      return new Misfit("[" + index + "]" + (inner ? "" : ": ") + getMessage());
    }
  }

  /**
   * @param value an {@link IndexedRecord}, or a map of its fields
   * @throws MillraceException {@code BAD_REQUEST} with the field
   */
  GenericData.Record of(Object value) {
    try {
      return record(schema, value);
    } catch (Misfit e) {
      String where = e.getMessage().startsWith(".") ? e.getMessage().substring(1) : e.getMessage();
      throw new MillraceException(
          ErrorCode.BAD_REQUEST, "cannot send a record to " + source + ": field " + where);
    }
  }

  private static GenericData.Record record(Schema schema, Object value) throws Misfit {
    Map<String, ?> given = value instanceof Map<?, ?> map ? byName(map) : null;
    IndexedRecord from = value instanceof IndexedRecord indexed ? indexed : null;
    if (given == null && from == null) {
      throw misfit(value, "a record");
    }
    checkNames(schema, given, from);
    GenericData.Record made = new GenericData.Record(schema);
    for (Schema.Field field : schema.getFields()) {
      Schema.Field own = from == null ? null : from.getSchema().getField(field.name());
      boolean has = from == null ? given.containsKey(field.name()) : own != null;
      try {
        made.put(
            field.pos(),
            has
                ? fit(field.schema(), from == null ? given.get(field.name()) : from.get(own.pos()))
                : byDefault(field));
      } catch (Misfit e) {
        throw e.at(field.name());
      }
    }
    return made;
  }

  /** Avro's own maps have names that are no strings of Java, and equal none. */
  private static Map<String, ?> byName(Map<?, ?> fields) {
    Map<String, Object> named = new LinkedHashMap<>();
    fields.forEach((name, value) -> named.put(String.valueOf(name), value));
    return named;
  }

  private static void checkNames(Schema schema, Map<String, ?> given, IndexedRecord from)
      throws Misfit {
    Collection<String> names =
        from == null
            ? given.keySet()
            : from.getSchema().getFields().stream().map(Schema.Field::name).toList();
    for (String name : names) {
      if (schema.getField(name) == null) {
        throw new Misfit(
                "found a field that the schema has not, expected one of "
                    + schema.getFields().stream().map(Schema.Field::name).toList())
            .at(name);
      }
    }
  }

  private static Object byDefault(Schema.Field field) throws Misfit {
    if (field.hasDefaultValue()) {
      return GenericData.get().getDefaultValue(field);
    }
    throw new Misfit("found no value and no default, expected " + describe(field.schema()));
  }

  private static Object fit(Schema schema, Object value) throws Misfit {
    if (schema.getType() == Schema.Type.UNION) {
      return union(schema, value);
    }
    if (value == null && schema.getType() != Schema.Type.NULL) {
      throw misfit(null, describe(schema));
    }
    LogicalType logical = schema.getLogicalType();
    Object plain = logical == null ? value : plain(schema, logical, value);
    return switch (schema.getType()) {
      case RECORD -> record(schema, plain);
      case ARRAY -> array(schema, plain);
      case MAP -> map(schema, plain);
      case ENUM -> symbol(schema, plain);
      case FIXED -> fixed(schema, plain);
      case STRING -> text(required(plain instanceof CharSequence, schema, plain).toString());
      case BYTES -> bytes(schema, plain);
      case INT -> required(isWhole(plain, Integer.class), schema, plain, ((Object) whole(plain)));
      case LONG -> required(isWhole(plain, Long.class), schema, plain, longer(plain));
      case FLOAT -> required(plain instanceof Float, schema, plain);
      case DOUBLE ->
          required(
              plain instanceof Double || plain instanceof Float || isWhole(plain, Integer.class),
              schema,
              plain,
              plain instanceof Number number ? number.doubleValue() : plain);
      case BOOLEAN -> required(plain instanceof Boolean, schema, plain);
      case NULL -> nothing(plain);
      case UNION -> throw new IllegalStateException("a union within a union");
    };
  }

  private static Object nothing(Object value) throws Misfit {
    if (value != null) {
      throw misfit(value, "null");
    }
    return null;
  }

  private static Object required(boolean fits, Schema schema, Object value) throws Misfit {
    return required(fits, schema, value, value);
  }

  private static Object required(boolean fits, Schema schema, Object value, Object made)
      throws Misfit {
    if (!fits) {
      throw misfit(value, describe(schema));
    }
    return made;
  }

  /** Avro would write a question mark for half a character. */
  private static String text(String text) throws Misfit {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (i + 1 == text.length()
            || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
          throw new Misfit(
              "found text with half a character, \\u%04x, at index %d, expected both halves, or none"
                  .formatted((int) text.charAt(i), i));
        }
        i++;
      }
    }
    return text;
  }

  private static boolean isWhole(Object value, Class<?> largest) {
    return value instanceof Integer
        || value instanceof Short
        || value instanceof Byte
        || (largest == Long.class && value instanceof Long);
  }

  private static Object whole(Object value) {
    return value instanceof Number number ? number.intValue() : value;
  }

  private static Object longer(Object value) {
    return value instanceof Number number ? number.longValue() : value;
  }

  /** The branch that the value is of as it is; else the first that takes it. */
  private static Object union(Schema union, Object value) throws Misfit {
    if (!(value instanceof Map) && !(value instanceof Collection)) {
      try {
        return fit(union.getTypes().get(GenericData.get().resolveUnion(union, value)), value);
      } catch (AvroRuntimeException | Misfit e) {
        // Java's own types are of no branch as they are.
        return anyBranch(union, value);
      }
    }
    return anyBranch(union, value);
  }

  private static Object anyBranch(Schema union, Object value) throws Misfit {
    Misfit only = null;
    int tried = 0;
    for (Schema branch : union.getTypes()) {
      if (branch.getType() == Schema.Type.NULL) {
        if (value == null) {
          return null;
        }
        continue;
      }
      try {
        return fit(branch, value);
      } catch (Misfit e) {
        only = e;
        tried++;
      }
    }
    if (tried == 1) {
      throw only;
    }
    throw misfit(value, describe(union));
  }

  private static Object array(Schema schema, Object value) throws Misfit {
    required(value instanceof Collection, schema, value);
    List<Object> made = new ArrayList<>();
    for (Object element : (Collection<?>) value) {
      try {
        made.add(fit(schema.getElementType(), element));
      } catch (Misfit e) {
        throw e.at(made.size());
      }
    }
    return made;
  }

  private static Object map(Schema schema, Object value) throws Misfit {
    required(value instanceof Map, schema, value);
    Map<String, Object> made = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
      required(entry.getKey() instanceof CharSequence, schema, value);
      try {
        made.put(text(entry.getKey().toString()), fit(schema.getValueType(), entry.getValue()));
      } catch (Misfit e) {
        throw e.at(entry.getKey().toString());
      }
    }
    return made;
  }

  private static Object symbol(Schema schema, Object value) throws Misfit {
    boolean may =
        value instanceof CharSequence
            || value instanceof GenericEnumSymbol<?>
            || value instanceof Enum<?>;
    if (!may || !schema.hasEnumSymbol(value.toString())) {
      throw misfit(value, "one of " + schema.getEnumSymbols());
    }
    return new GenericData.EnumSymbol(schema, value.toString());
  }

  private static Object bytes(Schema schema, Object value) throws Misfit {
    if (value instanceof byte[] array) {
      return ByteBuffer.wrap(array.clone());
    }
    required(value instanceof ByteBuffer, schema, value);
    ByteBuffer buffer = ((ByteBuffer) value).duplicate();
    byte[] copy = new byte[buffer.remaining()];
    buffer.get(copy);
    return ByteBuffer.wrap(copy);
  }

  private static Object fixed(Schema schema, Object value) throws Misfit {
    byte[] bytes =
        value instanceof GenericFixed fixed
            ? fixed.bytes()
            : ((ByteBuffer) bytes(schema, value)).array();
    if (bytes.length != schema.getFixedSize()) {
      throw new Misfit("found " + bytes.length + " bytes, expected " + schema.getFixedSize());
    }
    return new GenericData.Fixed(schema, bytes.clone());
  }

  /** A value of Java's as the number, text or bytes that the schema has for it. */
  private static Object plain(Schema schema, LogicalType type, Object value) throws Misfit {
    if (value instanceof Number && !(value instanceof BigDecimal)) {
      return value;
    }
    if (type instanceof LogicalTypes.Decimal decimal && value instanceof BigDecimal number) {
      return decimal(schema, decimal, number);
    }
    return switch (type.getName()) {
      case "date" -> value instanceof LocalDate day ? days(day) : value;
      case "timestamp-millis" -> value instanceof Instant at ? since(at, ChronoUnit.MILLIS) : value;
      case "timestamp-micros" -> value instanceof Instant at ? since(at, ChronoUnit.MICROS) : value;
      case "timestamp-nanos" -> value instanceof Instant at ? since(at, ChronoUnit.NANOS) : value;
      case "local-timestamp-millis" -> local(value, ChronoUnit.MILLIS);
      case "local-timestamp-micros" -> local(value, ChronoUnit.MICROS);
      case "local-timestamp-nanos" -> local(value, ChronoUnit.NANOS);
      case "time-millis" ->
          value instanceof LocalTime time ? (int) (time.toNanoOfDay() / 1_000_000) : value;
      case "time-micros" -> value instanceof LocalTime time ? time.toNanoOfDay() / 1_000 : value;
      case "uuid" -> value instanceof UUID id ? uuid(schema, id) : value;
      default -> value;
    };
  }

  private static Object days(LocalDate day) throws Misfit {
    if (day.toEpochDay() != (int) day.toEpochDay()) {
      throw misfit(day, "a date that an int has room for");
    }
    return (int) day.toEpochDay();
  }

  private static Object local(Object value, ChronoUnit unit) throws Misfit {
    return value instanceof LocalDateTime time
        ? since(time.toInstant(ZoneOffset.UTC), unit)
        : value;
  }

  private static Object since(Instant at, ChronoUnit unit) throws Misfit {
    long perSecond = ChronoUnit.SECONDS.getDuration().dividedBy(unit.getDuration());
    long rest = at.getNano() / unit.getDuration().toNanos();
    try {
      // Before 1970 too, digits are cut off towards the past. The least second there is of a long
      // is not a whole one.
      return at.getEpochSecond() < 0
          ? Math.addExact(Math.multiplyExact(at.getEpochSecond() + 1, perSecond), rest - perSecond)
          : Math.addExact(Math.multiplyExact(at.getEpochSecond(), perSecond), rest);
    } catch (ArithmeticException e) {
      throw misfit(at, "a time that a long has room for");
    }
  }

  private static Object uuid(Schema schema, UUID id) {
    return schema.getType() == Schema.Type.STRING
        ? id.toString()
        : ByteBuffer.allocate(16)
            .putLong(id.getMostSignificantBits())
            .putLong(id.getLeastSignificantBits())
            .array();
  }

  private static Object decimal(Schema schema, LogicalTypes.Decimal type, BigDecimal number)
      throws Misfit {
    // No number with millions of digits is written out.
    if (number.signum() != 0
        && (long) number.precision() - number.scale() > type.getPrecision() - type.getScale()) {
      throw misfit(number, describe(schema));
    }
    BigDecimal exact;
    try {
      exact = number.setScale(type.getScale());
    } catch (ArithmeticException e) {
      throw misfit(number, describe(schema));
    }
    if (exact.precision() > type.getPrecision()) {
      throw misfit(number, describe(schema));
    }
    byte[] digits = exact.unscaledValue().toByteArray();
    if (schema.getType() != Schema.Type.FIXED || digits.length >= schema.getFixedSize()) {
      return digits;
    }
    byte[] padded = new byte[schema.getFixedSize()];
    int from = padded.length - digits.length;
    java.util.Arrays.fill(padded, 0, from, (byte) (exact.signum() < 0 ? -1 : 0));
    System.arraycopy(digits, 0, padded, from, digits.length);
    return padded;
  }

  private static Misfit misfit(Object value, String expected) {
    String found;
    if (value == null) {
      found = "null";
    } else {
      String text = value instanceof byte[] bytes ? bytes.length + " bytes" : value.toString();
      found =
          (value instanceof CharSequence ? "text" : value.getClass().getSimpleName())
              + " '"
              + (text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text)
              + "'";
    }
    return new Misfit("found " + found + ", expected " + expected);
  }

  private static String describe(Schema schema) {
    if (schema.getType() == Schema.Type.UNION) {
      return schema.getTypes().stream()
          .map(FittingRecords::describe)
          .collect(Collectors.joining(" or "));
    }
    if (schema.getLogicalType() instanceof LogicalTypes.Decimal decimal) {
      return "a decimal(" + decimal.getPrecision() + ", " + decimal.getScale() + ")";
    }
    if (schema.getLogicalType() != null) {
      return "a " + schema.getLogicalType().getName();
    }
    String name = schema.getType().getName();
    return (Set.of("int", "array", "enum").contains(name) ? "an " : "a ") + name;
  }
}
