package io.millrace.control.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Parsers of configuration values. Each throws IllegalArgumentException "found …, expected …". */
final class ConfigTypes {
  private static final Pattern NAMESPACE = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}");
  private static final Pattern SIZE = Pattern.compile("[1-9][0-9]{0,9}[kKmMgG]");
  private static final Pattern ADDRESSES =
      Pattern.compile("[^\\s,:/]+:\\d{1,5}(\\s*,\\s*[^\\s,:/]+:\\d{1,5})*");

  private ConfigTypes() {}

  static Function<String, Integer> integer(int least, int most) {
    return text -> {
      String expected = "expected a whole number from " + least + " to " + most;
      try {
        int value = Integer.parseInt(text.strip());
        if (value >= least && value <= most) {
          return value;
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("found '" + text + "', " + expected, e);
      }
      throw new IllegalArgumentException("found '" + text + "', " + expected);
    };
  }

  /** A port, {@code auto} or {@code none}. */
  static String portOrWord(String text) {
    String value = text.strip();
    if (value.equals("auto") || value.equals("none")) {
      return value;
    }
    try {
      return Integer.toString(integer(0, 65_535).apply(value));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "found '" + text + "', expected a whole number from 0 to 65535, auto or none", e);
    }
  }

  static Function<String, Duration> duration(String least, String most) {
    return text -> {
      Duration value = Durations.parse(text);
      if (value.compareTo(Durations.parse(least)) < 0
          || value.compareTo(Durations.parse(most)) > 0) {
        throw new IllegalArgumentException(
            "found '" + text + "', expected a duration from " + least + " to " + most);
      }
      return value;
    };
  }

  static String size(String text) {
    return matching(text, SIZE, "expected a memory size such as 768m or 2g");
  }

  /** A size in bytes, such as 8m. */
  static Function<String, Long> bytes(String least, String most) {
    return text -> {
      long value = bytes(size(text));
      if (value < bytes(least) || value > bytes(most)) {
        throw new IllegalArgumentException(
            "found '" + text + "', expected a size from " + least + " to " + most);
      }
      return value;
    };
  }

  private static long bytes(String size) {
    long number = Long.parseLong(size.substring(0, size.length() - 1));
    return switch (size.charAt(size.length() - 1)) {
      case 'k', 'K' -> number << 10;
      case 'm', 'M' -> number << 20;
      default -> number << 30;
    };
  }

  /** As {@link #bytes} reads it. */
  static String sizeText(long bytes) {
    return bytes % (1 << 20) == 0 ? (bytes >> 20) + "m" : (bytes >> 10) + "k";
  }

  static String namespace(String text) {
    return matching(
        text, NAMESPACE, "expected 1 to 64 letters, digits, dots, dashes or underscores");
  }

  static String addresses(String text) {
    return matching(text, ADDRESSES, "expected host:port, several separated by commas");
  }

  static boolean bool(String text) {
    return switch (text.strip()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("found '" + text + "', expected true or false");
    };
  }

  static String words(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("found nothing, expected a value");
    }
    return text.strip();
  }

  static Path path(String text) {
    try {
      return Path.of(words(text));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("found '" + text + "', expected a path", e);
    }
  }

  /** Only the shape: the batch layer's scheduler knows the fields. */
  static String cron(String text) {
    int fields = text.isBlank() ? 0 : text.strip().split("\\s+").length;
    if (fields < 6 || fields > 7) {
      throw new IllegalArgumentException(
          "found '"
              + text
              + "', expected a Quartz cron expression of 6 or 7 fields, such as '0 0/5 * * * ?'");
    }
    return text.strip();
  }

  private static String matching(String text, Pattern form, String expected) {
    String value = text.strip();
    if (!form.matcher(value).matches()) {
      throw new IllegalArgumentException("found '" + text + "', " + expected);
    }
    return value;
  }
}
