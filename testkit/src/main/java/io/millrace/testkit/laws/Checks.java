package io.millrace.testkit.laws;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** The checks of columns. */
public final class Checks {
  /** Within how much of the larger of two floating-point values they count as equal. */
  public static final double RELATIVE = 1e-9;

  private Checks() {}

  /**
   * Equal values; floating point within {@link #RELATIVE}, also inside arrays, maps and structs.
   * The default.
   */
  public static ColumnCheck equal() {
    return (actual, expected, twin) -> unless(same(actual, expected), actual, expected);
  }

  /** Equal as sets: for arrays whose order means nothing. */
  public static ColumnCheck equalSets() {
    return (actual, expected, twin) -> {
      if (actual instanceof List<?> a && expected instanceof List<?> e) {
        Comparator<Object> order = Comparator.comparing(Checks::text);
        return unless(
            same(a.stream().sorted(order).toList(), e.stream().sorted(order).toList()),
            actual,
            expected);
      }
      return unless(same(actual, expected), actual, expected);
    };
  }

  /** A number read from both within a relative bound of each other: for estimates. */
  public static ColumnCheck near(ToDoubleFunction<Object> reading, double bound) {
    return (actual, expected, twin) -> {
      if (actual == null || expected == null) {
        return unless(actual == expected, actual, expected);
      }
      double a = reading.applyAsDouble(actual);
      double e = reading.applyAsDouble(expected);
      return unless(Math.abs(a - e) <= bound * Math.max(Math.abs(a), Math.abs(e)), a, e);
    };
  }

  /**
   * A quantile whose rank in the twin (an array of all values of the group) is within {@code bound}
   * of the fraction asked for.
   *
   * @param bound as a fraction of the number of values; one whole rank is always allowed
   */
  public static ColumnCheck rank(double fraction, double bound) {
    return (actual, expected, twin) -> {
      List<?> values = (List<?>) twin;
      if (values.isEmpty()) {
        return unless(actual == null, actual, null);
      }
      if (actual == null) {
        return unless(false, actual, expected);
      }
      double value = ((Number) actual).doubleValue();
      double[] sorted = values.stream().mapToDouble(v -> ((Number) v).doubleValue()).toArray();
      long below = Arrays.stream(sorted).filter(v -> v < value).count();
      long upTo = Arrays.stream(sorted).filter(v -> v <= value).count();
      double allowed = bound * sorted.length + 1;
      double wanted = fraction * sorted.length;
      boolean right = upTo > below && below - allowed <= wanted && wanted <= upTo + allowed;
      return right
          ? Optional.empty()
          : Optional.of(
              "found %s with rank %d to %d of %d, expected rank %s within %s"
                  .formatted(actual, below, upTo, sorted.length, wanted, allowed));
    };
  }

  /** The most frequent value of the twin (an array of all values of the group), or one of them. */
  public static ColumnCheck mostFrequent() {
    return (actual, expected, twin) -> {
      Map<Object, Long> counts = counts((List<?>) twin);
      long most = counts.values().stream().mapToLong(Long::longValue).max().orElse(0);
      boolean right = actual == null ? counts.isEmpty() : counts.getOrDefault(actual, 0L) == most;
      return right
          ? Optional.empty()
          : Optional.of("found %s, expected a value seen %d times".formatted(actual, most));
    };
  }

  /**
   * The {@code k} most frequent values of the twin with their exact counts, as an array of structs
   * {@code item, count}; which of equally frequent ones come last is free.
   */
  public static ColumnCheck topCounts(int k) {
    return (actual, expected, twin) -> {
      Map<Object, Long> counts = counts((List<?>) twin);
      List<Long> wanted =
          counts.values().stream().sorted(Comparator.reverseOrder()).limit(k).toList();
      List<Long> found = new ArrayList<>();
      for (Object element : (List<?>) actual) {
        Map<?, ?> top = (Map<?, ?>) element;
        found.add((Long) top.get("count"));
        if (!top.get("count").equals(counts.get(top.get("item")))) {
          return Optional.of(
              "found %s, expected count %s".formatted(top, counts.get(top.get("item"))));
        }
      }
      return unless(found.equals(wanted), found, wanted);
    };
  }

  private static Map<Object, Long> counts(List<?> values) {
    Map<Object, Long> counts = new HashMap<>();
    values.forEach(value -> counts.merge(value, 1L, Long::sum));
    return counts;
  }

  static Optional<String> unless(boolean right, Object actual, Object expected) {
    return right
        ? Optional.empty()
        : Optional.of("found %s, expected %s".formatted(text(actual), text(expected)));
  }

  static boolean same(Object a, Object b) {
    if (a instanceof Double || a instanceof Float) {
      return b != null
          && a.getClass() == b.getClass()
          && close(((Number) a).doubleValue(), ((Number) b).doubleValue());
    }
    if (a instanceof byte[] x && b instanceof byte[] y) {
      return Arrays.equals(x, y);
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      if (x.size() != y.size()) {
        return false;
      }
      for (int i = 0; i < x.size(); i++) {
        if (!same(x.get(i), y.get(i))) {
          return false;
        }
      }
      return true;
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return x.keySet().equals(y.keySet())
          && x.entrySet().stream().allMatch(e -> same(e.getValue(), y.get(e.getKey())));
    }
    return Objects.equals(a, b);
  }

  private static boolean close(double a, double b) {
    // 0.0 and -0.0 are one value to SQL; which of them max or min keeps depends on the order of
    // rows.
    if (Double.compare(a, b) == 0 || a == b) {
      return true;
    }
    // Cancellation leaves a difference of the size of the summands' last bits: near zero it is
    // compared with 1, which the values of the kit's rows are far above.
    return Math.abs(a - b) <= RELATIVE * Math.max(1, Math.max(Math.abs(a), Math.abs(b)));
  }

  /** A value as text, such that same values have the same text. */
  static String text(Object value) {
    if (value instanceof byte[] bytes) {
      return "X'" + HexFormat.of().formatHex(bytes) + "'";
    }
    if (value instanceof List<?> list) {
      return list.stream().map(Checks::text).toList().toString();
    }
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(e -> text(e.getKey()) + "=" + text(e.getValue()))
          .sorted()
          .toList()
          .toString();
    }
    return String.valueOf(value);
  }
}
