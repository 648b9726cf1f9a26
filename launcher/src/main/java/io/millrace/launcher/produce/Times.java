package io.millrace.launcher.produce;

import io.millrace.launcher.produce.row.BadRowException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * Makes dates and times of Avro schemas. A date is ISO-8601 and nothing else: a number could be a
 * day written without dashes as well as a count of days. Digits finer than the schema's unit are
 * cut off. Stateless.
 */
final class Times {
  /** Days and moments without dashes, as people write them. */
  private static final Pattern COMPACT = Pattern.compile("(?:19|20)\\d{6}(?:\\d{6})?");

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("uuuuMMdd").withResolverStyle(ResolverStyle.STRICT);

  private Times() {}

  static boolean isDate(LogicalType type) {
    return type instanceof LogicalTypes.Date;
  }

  static boolean isTimestamp(LogicalType type) {
    return isLocal(type)
        || type instanceof LogicalTypes.TimestampMillis
        || type instanceof LogicalTypes.TimestampMicros;
  }

  private static boolean isLocal(LogicalType type) {
    return type instanceof LogicalTypes.LocalTimestampMillis
        || type instanceof LogicalTypes.LocalTimestampMicros;
  }

  /** ISO-8601; a space may stand for the T, and without a zone it is UTC. */
  static Object ofText(Schema schema, String text) throws BadRowException {
    String iso = text.strip().replace(' ', 'T');
    try {
      if (isDate(schema.getLogicalType())) {
        return date(schema, iso, text);
      }
      if (iso.indexOf('T') < 0) {
        return of(schema, LocalDate.parse(iso).atStartOfDay(ZoneOffset.UTC));
      }
      boolean zoned =
          iso.endsWith("Z") || iso.indexOf('+') > 0 || iso.lastIndexOf('-') > iso.indexOf('T');
      return of(
          schema,
          zoned
              ? OffsetDateTime.parse(iso).toZonedDateTime()
              : LocalDateTime.parse(iso).atZone(ZoneOffset.UTC));
    } catch (DateTimeParseException e) {
      throw AvroValues.mismatch(schema, text);
    }
  }

  /** A day, or its midnight: a later time of day would be lost. */
  private static Object date(Schema schema, String iso, String text) throws BadRowException {
    if (iso.indexOf('T') < 0) {
      return epochDay(schema, LocalDate.parse(iso));
    }
    String local = iso.endsWith("Z") ? iso.substring(0, iso.length() - 1) : iso;
    LocalDateTime time = LocalDateTime.parse(local);
    if (!time.toLocalTime().equals(LocalTime.MIDNIGHT)) {
      throw AvroValues.mismatch(schema, text);
    }
    return epochDay(schema, time.toLocalDate());
  }

  private static Object epochDay(Schema schema, LocalDate day) throws BadRowException {
    if (day.toEpochDay() != (int) day.toEpochDay()) {
      throw AvroValues.mismatch(schema, day);
    }
    return (int) day.toEpochDay();
  }

  /**
   * @throws BadRowException for a number where a time is expected, if it is not surely one in the
   *     schema's own unit
   */
  static void refuseNumber(Schema schema, String text) throws BadRowException {
    if (isDate(schema.getLogicalType())) {
      throw AvroValues.mismatch(schema, text);
    }
    if (isTimestamp(schema.getLogicalType()) && isCompact(text.strip())) {
      throw new BadRowException(
          "found '"
              + text
              + "', which may be a day without dashes or a count, expected "
              + AvroValues.describe(schema)
              + ", or a mapping with 'timestamp'");
    }
  }

  private static boolean isCompact(String text) {
    if (!COMPACT.matcher(text).matches()) {
      return false;
    }
    try {
      LocalDate.parse(text.substring(0, 8), DAY);
      return true;
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  /** A time of a zone: dates and local timestamps are what the clock there shows. */
  static Object of(Schema schema, ZonedDateTime time) throws BadRowException {
    if (isDate(schema.getLogicalType())) {
      return epochDay(schema, time.toLocalDate());
    }
    return of(
        schema,
        isLocal(schema.getLogicalType())
            ? time.toLocalDateTime().toInstant(ZoneOffset.UTC)
            : time.toInstant());
  }

  static Object of(Schema schema, Instant instant) throws BadRowException {
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
      if (isDate(type)) {
        return epochDay(schema, instant.atOffset(ZoneOffset.UTC).toLocalDate());
      }
      if (type == null && schema.getType() == Schema.Type.LONG) {
        return instant.toEpochMilli();
      }
      if (schema.getType() == Schema.Type.STRING) {
        return instant.toString();
      }
    } catch (ArithmeticException | DateTimeException e) {
      throw AvroValues.mismatch(schema, instant);
    }
    throw AvroValues.mismatch(schema, instant);
  }
}
