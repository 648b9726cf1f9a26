package io.millrace.launcher.produce;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.List;
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
      return value instanceof String text && nulls.contains(text) ? null : value;
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
    public Object value(Row row) {
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
        return parsed.isSupported(ChronoField.INSTANT_SECONDS)
            ? Instant.from(parsed)
            : LocalDate.from(parsed).atStartOfDay(zone).toInstant();
      } catch (DateTimeException e) {
        throw new BadRowException(column + ": found '" + text + "', expected another form of time");
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
      return Instant.EPOCH.plusNanos(nanos.longValue());
    }

    @Override
    public List<String> columns() {
      return List.of(column);
    }
  }

  private static String text(Row row, String column) {
    Object value = row.value(column);
    if (value instanceof com.fasterxml.jackson.databind.JsonNode node) {
      return node.asText();
    }
    return value == null ? null : value.toString();
  }

  private static BigDecimal number(String column, String text) throws BadRowException {
    try {
      return new BigDecimal(text.strip());
    } catch (NumberFormatException e) {
      throw new BadRowException(column + ": found '" + text + "', expected a number");
    }
  }

  private static BigDecimal rounded(BigDecimal number, OptionalInt digits) {
    return digits.isPresent() ? number.setScale(digits.getAsInt(), RoundingMode.HALF_UP) : number;
  }
}
