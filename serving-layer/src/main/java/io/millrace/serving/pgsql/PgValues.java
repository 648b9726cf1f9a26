package io.millrace.serving.pgsql;

import io.millrace.control.model.ValueJson;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/** Values of answers as the bytes that Postgres sends. Stateless. */
public final class PgValues {
  private static final LocalDate EPOCH = LocalDate.of(2000, 1, 1);
  private static final long EPOCH_SECONDS = EPOCH.toEpochDay() * 86_400;
  private static final BigInteger TEN_THOUSAND = BigInteger.valueOf(10_000);

  private PgValues() {}

  /**
   * @param value as {@code ViewProgram.evaluate} gives it, not null
   * @param zone of the session: what timestamps are written in
   */
  public static byte[] text(Object value, PgType type, ZoneId zone) {
    return written(value, type, zone).getBytes(StandardCharsets.UTF_8);
  }

  private static String written(Object value, PgType type, ZoneId zone) {
    if (type == PgType.JSON) {
      return ValueJson.node(value).toString();
    }
    if (value instanceof Boolean bool) {
      return type == PgType.BOOL ? (bool ? "t" : "f") : bool.toString();
    }
    if (value instanceof Float || value instanceof Double) {
      return floating((Number) value);
    }
    if (value instanceof BigDecimal decimal) {
      return decimal.toPlainString();
    }
    if (value instanceof byte[] bytes) {
      return "\\x" + HexFormat.of().formatHex(bytes);
    }
    if (value instanceof Instant instant) {
      OffsetDateTime at = instant.atZone(zone).toOffsetDateTime();
      return dateTime(at.toLocalDateTime(), zone(at.getOffset()));
    }
    if (value instanceof LocalDateTime at) {
      return dateTime(at, "");
    }
    if (value instanceof LocalDate date) {
      return date(date) + era(date);
    }
    if (value instanceof LocalTime time) {
      return time(time);
    }
    if (value instanceof Duration duration) {
      return interval(duration);
    }
    if (value instanceof Period period) {
      return interval(period);
    }
    if (value instanceof Collection<?> items) {
      return array(items, type, zone);
    }
    return value.toString();
  }

  /** As Postgres writes it: {@code 20}, {@code 1e+20}, {@code 0.1}. */
  private static String floating(Number number) {
    double value = number.doubleValue();
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    BigDecimal exact = new BigDecimal(number.toString()).stripTrailingZeros();
    int exponent = exact.precision() - exact.scale() - 1;
    if (exponent >= -5 && exponent < (number instanceof Float ? 6 : 15)) {
      return exact.toPlainString();
    }
    String digits = exact.unscaledValue().abs().toString();
    return (exact.signum() < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + "e"
        + (exponent < 0 ? "-" : "+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  private static String date(LocalDate date) {
    int year = date.getYear() > 0 ? date.getYear() : 1 - date.getYear();
    return "%04d-%02d-%02d".formatted(year, date.getMonthValue(), date.getDayOfMonth());
  }

  private static String era(LocalDate date) {
    return date.getYear() > 0 ? "" : " BC";
  }

  private static String dateTime(LocalDateTime at, String zone) {
    return date(at.toLocalDate()) + " " + time(at.toLocalTime()) + zone + era(at.toLocalDate());
  }

  private static String time(LocalTime time) {
    String whole = "%02d:%02d:%02d".formatted(time.getHour(), time.getMinute(), time.getSecond());
    int micros = time.getNano() / 1_000;
    return micros == 0 ? whole : whole + "." + "%06d".formatted(micros).replaceAll("0+$", "");
  }

  private static String zone(ZoneOffset offset) {
    int seconds = Math.abs(offset.getTotalSeconds());
    String sign = offset.getTotalSeconds() < 0 ? "-" : "+";
    String hours = sign + "%02d".formatted(seconds / 3600);
    if (seconds % 3600 == 0) {
      return hours;
    }
    String minutes = hours + ":%02d".formatted(seconds / 60 % 60);
    return seconds % 60 == 0 ? minutes : minutes + ":%02d".formatted(seconds % 60);
  }

  private static String interval(Duration duration) {
    long micros = micros(duration);
    long days = micros / 86_400_000_000L;
    long rest = micros % 86_400_000_000L;
    StringBuilder text = new StringBuilder();
    if (days != 0) {
      text.append(days).append(Math.abs(days) == 1 ? " day" : " days");
    }
    if (rest != 0 || days == 0) {
      text.append(text.isEmpty() ? "" : " ").append(rest < 0 ? "-" : "");
      text.append(time(LocalTime.ofNanoOfDay(Math.abs(rest) * 1_000)));
    }
    return text.toString();
  }

  private static String interval(Period period) {
    long months = period.toTotalMonths();
    long years = months / 12;
    long rest = months % 12;
    List<String> parts = new ArrayList<>();
    if (years != 0) {
      parts.add(years + (Math.abs(years) == 1 ? " year" : " years"));
    }
    if (rest != 0) {
      parts.add(rest + (Math.abs(rest) == 1 ? " mon" : " mons"));
    }
    return parts.isEmpty() ? "00:00:00" : String.join(" ", parts);
  }

  private static long micros(Duration duration) {
    return Math.addExact(
        Math.multiplyExact(duration.getSeconds(), 1_000_000L), duration.getNano() / 1_000);
  }

  private static String array(Collection<?> items, PgType type, ZoneId zone) {
    if (type == PgType.INT2_VECTOR || type == PgType.OID_VECTOR) {
      return String.join(" ", items.stream().map(String::valueOf).toList());
    }
    PgType element = type.element().orElse(PgType.TEXT);
    StringBuilder text = new StringBuilder("{");
    for (Object item : items) {
      text.append(text.length() > 1 ? "," : "");
      text.append(item == null ? "NULL" : quoted(written(item, element, zone)));
    }
    return text.append('}').toString();
  }

  private static String quoted(String item) {
    boolean plain =
        !item.isEmpty()
            && !item.equalsIgnoreCase("NULL")
            && item.chars().noneMatch(c -> "{}\",\\".indexOf(c) >= 0 || Character.isWhitespace(c));
    return plain ? item : '"' + item.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /**
   * @param value as for {@link #text}
   */
  public static byte[] binary(Object value, PgType type, ZoneId zone) {
    return switch (type) {
      case BOOL -> new byte[] {(byte) ((Boolean) value ? 1 : 0)};
      case INT2 -> ByteBuffer.allocate(2).putShort(((Number) value).shortValue()).array();
      case INT4, OID, REGPROC, REGCLASS, REGTYPE ->
          value instanceof Number number
              ? ByteBuffer.allocate(4).putInt(number.intValue()).array()
              : text(value, type, zone);
      case INT8 -> ByteBuffer.allocate(8).putLong(((Number) value).longValue()).array();
      case FLOAT4 -> ByteBuffer.allocate(4).putFloat(((Number) value).floatValue()).array();
      case FLOAT8 -> ByteBuffer.allocate(8).putDouble(((Number) value).doubleValue()).array();
      case NUMERIC -> numeric((BigDecimal) value);
      case BYTEA -> (byte[]) value;
      case DATE ->
          ByteBuffer.allocate(4)
              .putInt(Math.toIntExact(ChronoUnit.DAYS.between(EPOCH, (LocalDate) value)))
              .array();
      case TIME ->
          ByteBuffer.allocate(8).putLong(((LocalTime) value).toNanoOfDay() / 1_000).array();
      case TIMESTAMPTZ -> ByteBuffer.allocate(8).putLong(microsSince2000((Instant) value)).array();
      case TIMESTAMP ->
          ByteBuffer.allocate(8)
              .putLong(microsSince2000(((LocalDateTime) value).toInstant(ZoneOffset.UTC)))
              .array();
      case INTERVAL ->
          value instanceof Period period
              ? ByteBuffer.allocate(16)
                  .putLong(0)
                  .putInt(0)
                  .putInt((int) period.toTotalMonths())
                  .array()
              : binaryInterval((Duration) value);
      default ->
          type.element().isPresent() || type.category() == 'A'
              ? binaryArray((Collection<?>) value, type, zone)
              : text(value, type, zone);
    };
  }

  /** {@code ChronoUnit.MICROS.between} counts nanoseconds: no more than 292 years. */
  private static long microsSince2000(Instant value) {
    try {
      return Math.addExact(
          Math.multiplyExact(value.getEpochSecond() - EPOCH_SECONDS, 1_000_000L),
          value.getNano() / 1_000L);
    } catch (ArithmeticException e) {
      throw PgError.of(
              PgError.DATETIME_OUT_OF_RANGE,
              "cannot send %s in binary: found a time too early, expected one after 290278 BC"
                  .formatted(value))
          .hint("ask for the value as text");
    }
  }

  private static byte[] binaryInterval(Duration duration) {
    long micros = micros(duration);
    return ByteBuffer.allocate(16)
        .putLong(micros % 86_400_000_000L)
        .putInt(Math.toIntExact(micros / 86_400_000_000L))
        .putInt(0)
        .array();
  }

  /** Groups of four decimal digits around the point. */
  private static byte[] numeric(BigDecimal value) {
    BigDecimal plain = value.scale() < 0 ? value.setScale(0) : value;
    int scale = plain.scale();
    int pad = (4 - scale % 4) % 4;
    BigInteger digits = plain.unscaledValue().abs().multiply(BigInteger.TEN.pow(pad));
    List<Short> groups = new ArrayList<>();
    while (digits.signum() != 0) {
      BigInteger[] parts = digits.divideAndRemainder(TEN_THOUSAND);
      groups.add(0, parts[1].shortValue());
      digits = parts[0];
    }
    int weight = groups.size() - 1 - (scale + pad) / 4;
    while (!groups.isEmpty() && groups.get(groups.size() - 1) == 0) {
      groups.remove(groups.size() - 1);
    }
    ByteBuffer bytes = ByteBuffer.allocate(8 + 2 * groups.size());
    bytes.putShort((short) groups.size());
    bytes.putShort((short) (groups.isEmpty() ? 0 : weight));
    bytes.putShort((short) (plain.signum() < 0 ? 0x4000 : 0));
    bytes.putShort((short) scale);
    groups.forEach(bytes::putShort);
    return bytes.array();
  }

  private static byte[] binaryArray(Collection<?> items, PgType type, ZoneId zone) {
    PgType element = type.element().orElse(type == PgType.INT2_VECTOR ? PgType.INT2 : PgType.OID);
    List<byte[]> values = new ArrayList<>();
    int size = 0;
    boolean nulls = false;
    for (Object item : items) {
      byte[] bytes = item == null ? null : binary(item, element, zone);
      nulls |= bytes == null;
      size += 4 + (bytes == null ? 0 : bytes.length);
      values.add(bytes);
    }
    ByteBuffer array = ByteBuffer.allocate(12 + (values.isEmpty() ? 0 : 8) + size);
    array.putInt(values.isEmpty() ? 0 : 1).putInt(nulls ? 1 : 0).putInt(element.oid());
    if (!values.isEmpty()) {
      boolean vector = type == PgType.INT2_VECTOR || type == PgType.OID_VECTOR;
      array.putInt(values.size()).putInt(vector ? 0 : 1);
    }
    for (byte[] value : values) {
      array.putInt(value == null ? -1 : value.length);
      if (value != null) {
        array.put(value);
      }
    }
    return array.array();
  }
}
