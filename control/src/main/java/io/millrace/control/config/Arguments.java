package io.millrace.control.config;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The arguments of a main class: {@code --name value} or {@code --name=value}, in any order,
 * repeated or not. Immutable.
 */
public final class Arguments {
  private final Map<String, List<String>> values;

  private Arguments(Map<String, List<String>> values) {
    this.values = values;
  }

  /**
   * @param known names without dashes
   * @throws MillraceException {@code CONFIG_INVALID} on any other name, or one without a value
   */
  public static Arguments parse(String[] args, Set<String> known) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (int i = 0; i < args.length; i++) {
      String[] sides = args[i].split("=", 2);
      String name = sides[0].startsWith("--") ? sides[0].substring(2) : "";
      if (!known.contains(name)) {
        throw unusable("'" + args[i] + "'", known);
      }
      String value;
      if (sides.length == 2) {
        value = sides[1];
      } else if (i + 1 < args.length) {
        value = args[++i];
      } else {
        throw unusable("--" + name + " without a value", known);
      }
      values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
    }
    return new Arguments(values);
  }

  /** The last value given. */
  public Optional<String> last(String name) {
    return all(name).stream().reduce((a, b) -> b);
  }

  /** The last value given, as a number. */
  public Optional<Long> lastNumber(String name) {
    return last(name)
        .map(
            text -> {
              try {
                return Long.parseLong(text);
              } catch (NumberFormatException e) {
                throw new MillraceException(
                    ErrorCode.CONFIG_INVALID,
                    "cannot start: found --"
                        + name
                        + " '"
                        + text
                        + "', expected a whole number; correct it",
                    e);
              }
            });
  }

  /** Every value given, in order. */
  public List<String> all(String name) {
    return List.copyOf(values.getOrDefault(name, List.of()));
  }

  private static MillraceException unusable(String found, Set<String> known) {
    return new MillraceException(
        ErrorCode.CONFIG_INVALID,
        "cannot start: found "
            + found
            + ", expected some of "
            + known.stream().sorted().map(name -> "--" + name + " …").toList()
            + "; correct the command line");
  }
}
