package io.millrace.serving.pgwire;

import io.millrace.serving.pgsql.PgError;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The settings of a session: {@code SET}, {@code SHOW}. Those that mean something here are checked;
 * others are kept and mean nothing, as clients set what they know from Postgres. Thread-confined.
 */
final class Variables {
  /** What {@code server_version} begins with decides which catalogue questions clients ask. */
  static final String VERSION = "15.0";

  private static final int MOST = 100;
  private static final int LONGEST = 1_000;

  /** {@code GMT-02:00} is east of Greenwich there, as POSIX has it. */
  private static final Pattern POSIX = Pattern.compile("(GMT|UTC)([+-])(.+)");

  private static final Pattern OFFSET = Pattern.compile("([+-]?)(\\d{1,2})(?::(\\d{2}))?");

  /** Told to clients when they change, by the names clients know them by. */
  private static final Map<String, String> TOLD =
      Map.of(
          "timezone", "TimeZone",
          "client_encoding", "client_encoding",
          "datestyle", "DateStyle",
          "intervalstyle", "IntervalStyle",
          "application_name", "application_name",
          "standard_conforming_strings", "standard_conforming_strings");

  private final Map<String, String> defaults = new TreeMap<>();
  private final Map<String, String> values = new TreeMap<>();
  private ZoneId zone = ZoneOffset.UTC;

  Variables(String user) {
    defaults.put("server_version", VERSION + " (Millrace)");
    defaults.put("server_version_num", "150000");
    defaults.put("server_encoding", "UTF8");
    defaults.put("client_encoding", "UTF8");
    defaults.put("datestyle", "ISO, MDY");
    defaults.put("intervalstyle", "postgres");
    defaults.put("integer_datetimes", "on");
    defaults.put("standard_conforming_strings", "on");
    defaults.put("timezone", "UTC");
    defaults.put("application_name", "");
    defaults.put("is_superuser", "off");
    defaults.put("session_authorization", user);
    defaults.put("in_hot_standby", "off");
    defaults.put("default_transaction_read_only", "on");
    defaults.put("transaction_read_only", "on");
    defaults.put("transaction_isolation", "read committed");
    defaults.put("default_transaction_isolation", "read committed");
    defaults.put("search_path", "public");
    defaults.put("max_identifier_length", "63");
    defaults.put("max_index_keys", "32");
    defaults.put("extra_float_digits", "1");
    defaults.put("statement_timeout", "0");
    defaults.put("bytea_output", "hex");
    defaults.put("lc_collate", "C");
    defaults.put("lc_ctype", "C");
    values.putAll(defaults);
  }

  /** What a client is told when it connects. */
  Map<String, String> told() {
    Map<String, String> told = new LinkedHashMap<>();
    for (String name :
        List.of(
            "server_version",
            "server_encoding",
            "client_encoding",
            "datestyle",
            "intervalstyle",
            "integer_datetimes",
            "standard_conforming_strings",
            "timezone",
            "application_name",
            "is_superuser",
            "session_authorization",
            "in_hot_standby",
            "default_transaction_read_only")) {
      told.put(TOLD.getOrDefault(name, name), values.get(name));
    }
    return told;
  }

  /** The zone that timestamps with time zone are written in. */
  ZoneId zone() {
    return zone;
  }

  /**
   * What a client has given when it connected, and what {@code RESET} goes back to.
   *
   * @throws PgError {@code 22023}
   */
  void start(String name, String value) {
    set(name, value);
    String key = name.toLowerCase(Locale.ROOT);
    defaults.put(key, values.get(key));
  }

  /**
   * @return the name that its client is to be told the new value under; empty if it need not be
   * @throws PgError {@code 22023} for a value that cannot be kept to
   */
  Optional<String> set(String name, String value) {
    String key = name.toLowerCase(Locale.ROOT);
    if (value.length() > LONGEST || !values.containsKey(key) && values.size() >= MOST) {
      throw PgError.of(
          PgError.LIMIT,
          "cannot set %s: found %d characters and %d settings, expected at most %d and %d"
              .formatted(key, value.length(), values.size(), LONGEST, MOST));
    }
    switch (key) {
      case "client_encoding" -> value = encoding(value);
      case "timezone" -> {
        zone = zone(value);
        value = value.equals("LOCAL") || value.equalsIgnoreCase("default") ? "UTC" : value;
      }
      case "datestyle" -> {
        if (!value.toUpperCase(Locale.ROOT).startsWith("ISO")) {
          throw refused(key, value, "ISO");
        }
        value = "ISO, MDY";
      }
      case "standard_conforming_strings" -> {
        if (!List.of("on", "true", "1", "yes").contains(value.toLowerCase(Locale.ROOT))) {
          throw refused(key, value, "on");
        }
        value = "on";
      }
      case "bytea_output" -> {
        if (!value.equalsIgnoreCase("hex")) {
          throw refused(key, value, "hex");
        }
      }
      case "server_version", "server_version_num", "server_encoding", "integer_datetimes" ->
          throw PgError.of(
              "55P02", "cannot set " + key + ": found a setting that is not to be changed");
      default -> {}
    }
    values.put(key, value);
    return Optional.ofNullable(TOLD.get(key));
  }

  /** Back to what it was when the session began. */
  Optional<String> reset(String name) {
    String key = name.toLowerCase(Locale.ROOT);
    String before = defaults.get(key);
    if (before == null) {
      values.remove(key);
      return Optional.empty();
    }
    values.put(key, before);
    zone = key.equals("timezone") ? zone(before) : zone;
    return Optional.ofNullable(TOLD.get(key));
  }

  void resetAll() {
    values.clear();
    values.putAll(defaults);
    zone = zone(values.get("timezone"));
  }

  /** By name, in lower case. */
  Map<String, String> all() {
    return values;
  }

  /**
   * @throws PgError {@code 42704}
   */
  String show(String name) {
    String value = values.get(name.toLowerCase(Locale.ROOT));
    if (value == null) {
      throw PgError.of(
          PgError.UNDEFINED_OBJECT,
          "unrecognized configuration parameter \"" + name.toLowerCase(Locale.ROOT) + "\"");
    }
    return value;
  }

  private static String encoding(String value) {
    return switch (value.toUpperCase(Locale.ROOT).replace("-", "").replace("_", "")) {
      // A client in the C locale asks for SQL_ASCII: any bytes.
      case "UTF8", "UNICODE", "SQLASCII" -> "UTF8";
      default -> throw refused("client_encoding", value, "UTF8");
    };
  }

  private static ZoneId zone(String value) {
    if (value.equals("LOCAL") || value.equalsIgnoreCase("default")) {
      return ZoneOffset.UTC;
    }
    Matcher posix = POSIX.matcher(value);
    if (posix.matches()) {
      return zone((posix.group(2).equals("-") ? "+" : "-") + posix.group(3));
    }
    Matcher offset = OFFSET.matcher(value);
    try {
      if (offset.matches()) {
        int sign = offset.group(1).equals("-") ? -1 : 1;
        int minutes = offset.group(3) == null ? 0 : Integer.parseInt(offset.group(3));
        return ZoneOffset.ofHoursMinutes(sign * Integer.parseInt(offset.group(2)), sign * minutes);
      }
      return ZoneId.of(value, ZoneId.SHORT_IDS);
    } catch (DateTimeException e) {
      throw refused("TimeZone", value, "a name such as UTC or Europe/Berlin");
    }
  }

  private static PgError refused(String name, String value, String expected) {
    return PgError.of(
        PgError.INVALID_VALUE,
        "cannot set %s: found '%s', expected %s".formatted(name, value, expected));
  }
}
