package io.millrace.serving.pgcatalog;

import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgType;
import io.millrace.serving.pgsql.PgValues;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Values of the catalogue: {@code null, Boolean, Long, BigDecimal, Double, String, Instant, Reg,
 * List, Map}. Stateless.
 */
final class CatalogValues {
  private static final int LONGEST_PATTERN = 2_000;

  private CatalogValues() {}

  static boolean isTrue(Object value) {
    return Boolean.TRUE.equals(bool(value));
  }

  static Boolean bool(Object value) {
    if (value == null || value instanceof Boolean) {
      return (Boolean) value;
    }
    return switch (text(value).toLowerCase(java.util.Locale.ROOT)) {
      case "t", "true", "1", "on", "yes" -> true;
      default -> false;
    };
  }

  static String text(Object value) {
    if (value == null) {
      return null;
    }
    if (value instanceof Boolean bool) {
      return bool ? "true" : "false";
    }
    if (value instanceof Collection<?> || value instanceof Instant) {
      PgType type = value instanceof Instant ? PgType.TIMESTAMPTZ : PgType.TEXT_ARRAY;
      return new String(PgValues.text(value, type, ZoneOffset.UTC), StandardCharsets.UTF_8);
    }
    return value.toString();
  }

  static Long number(Object value) {
    if (value == null) {
      return null;
    }
    if (value instanceof Number number) {
      return number.longValue();
    }
    if (value instanceof Reg reg) {
      return reg.oid();
    }
    if (value instanceof Boolean bool) {
      return bool ? 1L : 0L;
    }
    try {
      return new BigDecimal(bounded(text(value).strip())).longValue();
    } catch (NumberFormatException e) {
      throw PgError.of(
          PgError.INVALID_TEXT, "invalid input syntax for type integer: \"" + text(value) + "\"");
    }
  }

  private static String bounded(String digits) {
    return digits.length() > 60 || digits.indexOf('e') >= 0 || digits.indexOf('E') >= 0
        ? "?"
        : digits;
  }

  /** What equal values have in common. */
  static Object key(Object value) {
    if (value instanceof Reg reg) {
      return reg.oid();
    }
    return value instanceof Number number && !(value instanceof Long)
        ? (Object)
            (number instanceof BigDecimal decimal
                ? decimal.stripTrailingZeros()
                : number.longValue())
        : value;
  }

  /** Negative, zero or positive; neither is null. */
  static int compare(Object left, Object right) {
    if (isNumber(left) || isNumber(right)) {
      if (left instanceof BigDecimal || right instanceof BigDecimal) {
        return decimal(left).compareTo(decimal(right));
      }
      return Long.compare(number(left), number(right));
    }
    if (left instanceof Boolean || right instanceof Boolean) {
      return Boolean.compare(bool(left), bool(right));
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
        int order =
            a.get(i) == null || b.get(i) == null
                ? Boolean.compare(a.get(i) == null, b.get(i) == null)
                : compare(a.get(i), b.get(i));
        if (order != 0) {
          return order;
        }
      }
      return Integer.compare(a.size(), b.size());
    }
    return text(left).compareTo(text(right));
  }

  private static boolean isNumber(Object value) {
    return value instanceof Number || value instanceof Reg;
  }

  static BigDecimal decimal(Object value) {
    return value instanceof BigDecimal decimal ? decimal : BigDecimal.valueOf(number(value));
  }

  /** As {@code text ~ pattern}. Within a text as long as a name it ends, whatever the pattern. */
  static boolean matches(String text, String pattern, boolean anyCase) {
    if (pattern.length() > LONGEST_PATTERN) {
      throw PgError.of(PgError.LIMIT, "cannot search by a pattern of so many characters");
    }
    // The patterns of psql: a name, * and ?, in ^(…)$.
    int flags = anyCase ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0;
    try {
      return Pattern.compile(pattern, flags).matcher(new Watched(text)).find();
    } catch (PatternSyntaxException | StackOverflowError e) {
      throw PgError.of("2201B", "invalid regular expression: " + pattern);
    }
  }

  /** A text of which a search reads so many characters at most. */
  private static final class Watched implements CharSequence {
    private static final int MOST = 1_000_000;
    private final CharSequence text;
    private final int[] read;

    Watched(CharSequence text) {
      this(text, new int[1]);
    }

    private Watched(CharSequence text, int[] read) {
      this.text = text;
      this.read = read;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (++read[0] > MOST) {
        throw PgError.of(PgError.LIMIT, "cannot search: the pattern takes too many steps");
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Watched(text.subSequence(start, end), read);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }

  /** As {@code text LIKE pattern}. */
  static boolean like(String text, String pattern, boolean anyCase) {
    StringBuilder regex = new StringBuilder("^");
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\\' && i + 1 < pattern.length()) {
        regex.append(Pattern.quote(String.valueOf(pattern.charAt(++i))));
      } else if (c == '%') {
        regex.append("(?s:.*)");
      } else if (c == '_') {
        regex.append("(?s:.)");
      } else {
        regex.append(Character.isLetterOrDigit(c) ? String.valueOf(c) : "\\" + c);
      }
    }
    return matches(text, regex + "\\z", anyCase);
  }

  /** As an answer's column of this type has it. */
  static Object told(Object value, PgType type) {
    if (value == null) {
      return null;
    }
    return switch (type) {
      case INT2, INT4, INT8, OID -> number(value);
      case BOOL -> bool(value);
      case NUMERIC -> decimal(value);
      case FLOAT8 -> value instanceof Number number ? (Object) number.doubleValue() : 0.0;
      case TIMESTAMPTZ -> value instanceof Instant ? value : text(value);
      case REGPROC, REGCLASS, REGTYPE -> value;
      case INT2_VECTOR, OID_VECTOR, INT2_ARRAY, INT4_ARRAY, INT8_ARRAY, OID_ARRAY ->
          value instanceof List<?> list ? list : List.of();
      case TEXT_ARRAY, NAME_ARRAY ->
          value instanceof List<?> list
              ? list.stream().map(CatalogValues::text).toList()
              : List.of(text(value));
      default -> value instanceof Map<?, ?> map ? map.values().toString() : text(value);
    };
  }
}
