package io.millrace.launcher.produce;

import io.millrace.launcher.produce.row.BadRowException;
import io.millrace.launcher.produce.row.Json;
import io.millrace.launcher.produce.row.Row;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.text.ParsePosition;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** How a field gets its value from a row, before the schema's type is applied. Immutable. */
sealed interface FieldRule {
  /**
   * @return what {@link AvroValues#of} takes; null for no value
   */
  Object value(Row row) throws BadRowException;

  /** Columns of the file that it needs. */
  List<String> columns();

  /**
   * The column as it is.
   *
   * @param nulls texts that stand for no value
   */
  record Column(String column, Set<String> nulls) implements FieldRule {
    @Override
    public Object value(Row row) {
      Object value = row.value(column);
      return value != null && !nulls.isEmpty() && nulls.contains(value.toString()) ? null : value;
    }

    @Override
    public List<String> columns() {
      return List.of(column);
    }
  }

  /** The same for every row. */
  record Constant(String text) implements FieldRule {
    @Override
    public Object value(Row row) {
      return text;
    }

    @Override
    public List<String> columns() {
      return List.of();
    }
  }

  /** Whether the column's text starts with a prefix. */
  record StartsWith(String column, String prefix) implements FieldRule {
    @Override
    public Object value(Row row) throws BadRowException {
      String text = text(row, column);
      return text == null ? null : Boolean.toString(text.startsWith(prefix));
    }

    @Override
    public List<String> columns() {
      return List.of(column);
    }
  }

  /**
   * The product of numbers, exact unless rounded.
   *
   * @param round digits after the point, half up; empty: as many as there are
   */
  record Product(List<String> columns, OptionalInt round) implements FieldRule {
    @Override
    public Object value(Row row) throws BadRowException {
      BigDecimal product = BigDecimal.ONE;
      for (String column : columns) {
        String text = text(row, column);
        if (text == null || text.isEmpty()) {
          return null;
        }
        product = product.multiply(number(column, text));
      }
      return rounded(product, round);
    }
  }

  /** A number rounded half up. */
  record Rounded(String column, int digits) implements FieldRule {
    @Override
    public Object value(Row row) throws BadRowException {
      String text = text(row, column);
      return text == null || text.isEmpty()
          ? null
          : rounded(number(column, text), OptionalInt.of(digits));
    }

    @Override
    public List<String> columns() {
      return List.of(column);
    }
  }

  /** A point in time by pattern, in a zone where the text has none. */
  record Timestamp(String column, DateTimeFormatter pattern, ZoneId zone) implements FieldRule {
    @Override
    public Object value(Row row) throws BadRowException {
      String text = text(row, column);
      if (text == null || text.isEmpty()) {
        return null;
      }
      try {
        TemporalAccessor parsed = pattern.withZone(zone).parse(text.strip());
        refuseAnotherDay(parsed, text.strip());
        return parsed.isSupported(ChronoField.INSTANT_SECONDS)
            ? ZonedDateTime.from(parsed)
            : LocalDate.from(parsed).atStartOfDay(zone);
      } catch (DateTimeException e) {
        throw new BadRowException(column + ": found '" + text + "', expected another form of time");
      }
    }

    /** A pattern takes the 30th of February for the last day there is. */
    private void refuseAnotherDay(TemporalAccessor parsed, String text) {
      if (parsed.isSupported(ChronoField.DAY_OF_MONTH)
          && parsed.get(ChronoField.DAY_OF_MONTH) >= 28) {
        TemporalAccessor written = pattern.parseUnresolved(text, new ParsePosition(0));
        if (written.isSupported(ChronoField.DAY_OF_MONTH)
            && written.getLong(ChronoField.DAY_OF_MONTH)
                > parsed.getLong(ChronoField.DAY_OF_MONTH)) {
          throw new DateTimeException("no such day");
        }
      }
    }

    @Override
    public List<String> columns() {
      return List.of(column);
    }
  }

  /**
   * A point in time by a number.
   *
   * @param unitNanos what 1 stands for
   */
  record Epoch(String column, long unitNanos) implements FieldRule {
    @Override
    public Object value(Row row) throws BadRowException {
      String text = text(row, column);
      if (text == null || text.isEmpty()) {
        return null;
      }
      BigDecimal nanos = number(column, text).multiply(BigDecimal.valueOf(unitNanos));
      try {
        return Instant.EPOCH.plusNanos(nanos.setScale(0, RoundingMode.FLOOR).longValueExact());
      } catch (ArithmeticException e) {
        throw new BadRowException(
            column + ": found '" + text + "', expected a time between 1678 and 2262");
      }
    }

    @Override
    public List<String> columns() {
      return List.of(column);
    }
  }

  private static String text(Row row, String column) throws BadRowException {
    Object value = row.value(column);
    if (value == null || value == Json.Null.VALUE) {
      return null;
    }
    if (value instanceof Map<?, ?> || value instanceof List<?>) {
      throw new BadRowException(column + ": found '" + value + "', expected a text or a number");
    }
    return value.toString();
  }

  private static BigDecimal number(String column, String text) throws BadRowException {
    try {
      return Numbers.of(text, "a number");
    } catch (BadRowException e) {
      throw new BadRowException(column + ": " + e.getMessage());
    }
  }

  private static BigDecimal rounded(BigDecimal number, OptionalInt digits) {
    return digits.isPresent() ? number.setScale(digits.getAsInt(), RoundingMode.HALF_UP) : number;
  }
}
