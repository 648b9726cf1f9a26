package io.millrace.serving.pgsql;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Values of parameters as questions take them: {@code Boolean, Integer, Long, Double, BigDecimal,
 * String}. Dates and times are texts, which {@link SparkSql} casts, and bytes are hexadecimal.
 * Stateless.
 */
public final class PgParameters {
  private static final LocalDate EPOCH = LocalDate.of(2000, 1, 1);
  private static final Instant EPOCH_INSTANT = Instant.parse("2000-01-01T00:00:00Z");

  /** As the JDBC driver writes a date whose type it leaves open: Spark knows no day in a zone. */
  private static final Pattern DAY_IN_ZONE =
      Pattern.compile("^(\\d{4}-\\d{2}-\\d{2}) ([+-]\\d{2}(?::\\d{2})?)$");

  /** As ISO 8601 has it, with a blank for T if wanted. */
  private static final Pattern TIME =
      Pattern.compile(
          "(\\d{4,6})-(\\d{1,2})-(\\d{1,2})"
              + "(?:[ T](?<time>(\\d{1,2}):(\\d{1,2})(?::(\\d{1,2})(?:\\.\\d{1,9})?)?))?"
              + " ?(?<zone>Z|[+-]\\d{2}(?::?\\d{2})?(?::\\d{2})?|[A-Za-z][A-Za-z_/]+)?");

  /** What microseconds of 64 bits hold, in whole years. */
  private static final int MOST_YEAR = 290_000;

  private PgParameters() {}

  /**
   * @param bytes null is NULL
   * @param binary whether they are of the type's binary form
   * @param n its number, from 1
   * @throws PgError {@code 22P02}, {@code 22P03}, {@code 22003}
   */
  public static Object value(byte[] bytes, PgType type, boolean binary, int n) {
    if (bytes == null) {
      return null;
    }
    return binary ? binary(bytes, type, n) : text(utf8(bytes), type, n);
  }

  /**
   * @throws PgError {@code 22021}
   */
  public static String utf8(byte[] bytes) {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return text.toString();
    } catch (CharacterCodingException e) {
      throw PgError.of(
          "22021", "cannot read a text: found bytes that are no UTF-8, expected UTF-8");
    }
  }

  /** A value that stands for one not known yet, of the type that it will have. */
  public static Object placeholder(PgType type) {
    return switch (type) {
      case BOOL -> false;
      case INT2, INT4 -> 1;
      case INT8, OID -> 1L;
      case FLOAT4, FLOAT8 -> 1.0;
      case NUMERIC -> BigDecimal.ONE;
      case DATE, TIMESTAMP, TIMESTAMPTZ -> "2000-01-01";
      default -> "";
    };
  }

  private static Object text(String text, PgType type, int n) {
    try {
      return switch (type) {
        case BOOL -> bool(text, n);
        case INT2 -> (int) Short.parseShort(text.strip());
        case INT4 -> Integer.valueOf(text.strip());
        case INT8, OID -> Long.valueOf(text.strip());
        case FLOAT4, FLOAT8 -> floating(text.strip());
        case NUMERIC -> bounded(new BigDecimal(bounded(text.strip(), n)), n);
        case BYTEA -> hex(text, n);
        case DATE, TIMESTAMP, TIMESTAMPTZ -> time(text.strip(), type, n);
        case UNKNOWN -> DAY_IN_ZONE.matcher(text).replaceFirst("$1 00:00:00$2");
        default -> text;
      };
    } catch (NumberFormatException e) {
      throw bad(n, "'" + text + "'", type);
    }
  }

  private static String bounded(String text, int n) {
    if (text.length() > 200) {
      throw bad(n, "a text of " + text.length() + " characters", PgType.NUMERIC);
    }
    return text;
  }

  private static BigDecimal bounded(BigDecimal number, int n) {
    long digits = (long) number.precision() - Math.min(0, number.scale());
    if (number.scale() > 38 || digits > 38) {
      throw PgError.of(
              PgError.OUT_OF_RANGE,
              "cannot use parameter $" + n + ": found more than 38 digits, expected at most 38")
          .hint("round it, or send a text");
    }
    return number.scale() < 0 ? number.setScale(0) : number;
  }

  private static Double floating(String text) {
    return switch (text.toLowerCase(java.util.Locale.ROOT)) {
      case "infinity", "inf" -> Double.POSITIVE_INFINITY;
      case "-infinity", "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> Double.valueOf(text);
    };
  }

  private static Boolean bool(String text, int n) {
    return switch (text.strip().toLowerCase(java.util.Locale.ROOT)) {
      case "t", "true", "1", "on", "yes", "y" -> true;
      case "f", "false", "0", "off", "no", "n" -> false;
      default -> throw bad(n, "'" + text + "'", PgType.BOOL);
    };
  }

  /**
   * A day or time that Spark's cast knows: what it does not, it takes for NULL, and a question
   * would have no rows for it.
   */
  private static String time(String text, PgType type, int n) {
    Matcher parts = TIME.matcher(text);
    try {
      if (!parts.matches()) {
        throw new DateTimeException(text);
      }
      within(
          LocalDate.of(
              Integer.parseInt(parts.group(1)),
              Integer.parseInt(parts.group(2)),
              Integer.parseInt(parts.group(3))),
          n);
      String day = text.substring(0, parts.end(3));
      String time = parts.group("time");
      if (time != null) {
        LocalTime.of(
            Integer.parseInt(parts.group(5)),
            Integer.parseInt(parts.group(6)),
            parts.group(7) == null ? 0 : Integer.parseInt(parts.group(7)));
      }
      String zone = parts.group("zone");
      if (zone != null) {
        ZoneId.of(zone);
      }
      if (type == PgType.DATE) {
        return day;
      }
      // Spark knows no day in a zone, nor a minute.
      String second = time == null ? "00:00:00" : parts.group(7) == null ? time + ":00" : time;
      return day + " " + second + (zone == null ? "" : " " + zone);
    } catch (DateTimeException e) {
      throw PgError.of(
              PgError.INVALID_DATETIME,
              "cannot use parameter $%d: found '%s', expected a value of type %s"
                  .formatted(n, text, type.sqlName()))
          .hint("write it as 2026-01-31 or 2026-01-31 12:34:56.789+00:00");
    }
  }

  private static LocalDate within(LocalDate day, int n) {
    if (Math.abs((long) day.getYear()) > MOST_YEAR) {
      throw PgError.of(
              PgError.DATETIME_OUT_OF_RANGE,
              "cannot use parameter $%d: found a time in the year %d, expected one of %d to %d"
                  .formatted(n, day.getYear(), -MOST_YEAR, MOST_YEAR))
          .hint("leave the condition out where there is no end: infinity is not known here");
    }
    return day;
  }

  private static String hex(String text, int n) {
    if (!text.matches("\\\\x([0-9a-fA-F]{2})*")) {
      throw bad(n, "a text that is no \\x and hexadecimal digits", PgType.BYTEA);
    }
    return text.substring(2);
  }

  private static Object binary(byte[] bytes, PgType type, int n) {
    if (type.length() > 0 && type != PgType.NAME && bytes.length != type.length()) {
      throw PgError.of(
          PgError.INVALID_BINARY,
          "cannot use parameter $%d: found %d bytes, expected the %d of %s"
              .formatted(n, bytes.length, type.length(), type.sqlName()));
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return switch (type) {
      case BOOL -> bytes[0] != 0;
      case INT2 -> (int) in.getShort();
      case INT4 -> in.getInt();
      case OID -> Integer.toUnsignedLong(in.getInt());
      case INT8 -> in.getLong();
      case FLOAT4 -> (double) in.getFloat();
      case FLOAT8 -> in.getDouble();
      case NUMERIC -> bounded(numeric(in, n), n);
      case DATE -> within(EPOCH.plusDays(in.getInt()), n).toString();
      case TIMESTAMP, TIMESTAMPTZ -> {
        Instant at = EPOCH_INSTANT.plus(in.getLong(), ChronoUnit.MICROS);
        within(at.atOffset(ZoneOffset.UTC).toLocalDate(), n);
        yield at.toString();
      }
      case BYTEA -> HexFormat.of().formatHex(bytes);
      case UUID -> new UUID(in.getLong(), in.getLong()).toString();
      case TEXT, VARCHAR, NAME, JSON, UNKNOWN -> utf8(bytes);
      default ->
          throw PgError.of(
                  PgError.NOT_SUPPORTED,
                  "cannot use parameter $"
                      + n
                      + ": found a binary value of "
                      + type.sqlName()
                      + ", expected a number, text, boolean, date, timestamp, bytea or uuid")
              .hint("send it as text");
    };
  }

  private static BigDecimal numeric(ByteBuffer in, int n) {
    if (in.remaining() < 8) {
      throw bad(n, in.remaining() + " bytes", PgType.NUMERIC);
    }
    int groups = in.getShort();
    int weight = in.getShort();
    int sign = in.getShort() & 0xffff;
    int scale = in.getShort();
    boolean known = sign == 0 || sign == 0x4000;
    if (!known || groups < 0 || groups > 100 || in.remaining() != 2 * groups || scale < 0) {
      throw bad(n, "bytes of no finite number", PgType.NUMERIC);
    }
    BigInteger digits = BigInteger.ZERO;
    for (int i = 0; i < groups; i++) {
      digits = digits.multiply(BigInteger.valueOf(10_000)).add(BigInteger.valueOf(in.getShort()));
    }
    // The last group stands at weight - groups + 1.
    int exponent = 4 * (weight - groups + 1);
    if (Math.abs(exponent) > 400 || scale > 400) {
      throw bad(n, "a number of hundreds of digits", PgType.NUMERIC);
    }
    BigDecimal value = new BigDecimal(sign == 0 ? digits : digits.negate(), -exponent);
    return value.setScale(scale, java.math.RoundingMode.HALF_UP);
  }

  private static PgError bad(int n, String found, PgType type) {
    return PgError.of(
        PgError.INVALID_TEXT,
        "cannot use parameter $%d: found %s, expected a value of type %s"
            .formatted(n, found, type.sqlName()));
  }
}
