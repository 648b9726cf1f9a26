package io.millrace.testkit.oracle;

import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One aggregate of one group. NULL inputs do not count, as in SQL; the value of no inputs is null,
 * and 0 for counts.
 */
public interface Accumulator<E> {
  void add(E event);

  /** The aggregate of the events so far; more may be added after. */
  Object value();

  /** {@code count(*)}: a Long. */
  static <E> Supplier<Accumulator<E>> count() {
    return countIf(event -> true);
  }

  /** {@code count(*) FILTER (WHERE …)}: a Long. */
  static <E> Supplier<Accumulator<E>> countIf(Predicate<E> condition) {
    return () ->
        new Accumulator<>() {
          private long count;

          @Override
          public void add(E event) {
            count += condition.test(event) ? 1 : 0;
          }

          @Override
          public Object value() {
            return count;
          }
        };
  }

  /** {@code sum} of decimals, exact. */
  static <E> Supplier<Accumulator<E>> sum(Function<E, BigDecimal> input) {
    return fold(input, BigDecimal::add);
  }

  /** {@code sum} of whole numbers: a Long, wrapping around as Spark's does without ANSI. */
  static <E> Supplier<Accumulator<E>> sumLong(Function<E, Long> input) {
    return fold(input, Long::sum);
  }

  /** {@code sum} of doubles, in the order of the events. */
  static <E> Supplier<Accumulator<E>> sumDouble(Function<E, Double> input) {
    return fold(input, Double::sum);
  }

  /** {@code avg} of doubles. */
  static <E> Supplier<Accumulator<E>> averageDouble(Function<E, Double> input) {
    return () ->
        new Accumulator<>() {
          private double sum;
          private long count;

          @Override
          public void add(E event) {
            Double value = input.apply(event);
            if (value != null) {
              sum += value;
              count++;
            }
          }

          @Override
          public Object value() {
            return count == 0 ? null : sum / count;
          }
        };
  }

  /** {@code min} by Java's order. */
  static <E, T extends Comparable<T>> Supplier<Accumulator<E>> min(Function<E, T> input) {
    return fold(input, (a, b) -> b.compareTo(a) < 0 ? b : a);
  }

  /** {@code max} by Java's order. */
  static <E, T extends Comparable<T>> Supplier<Accumulator<E>> max(Function<E, T> input) {
    return fold(input, (a, b) -> b.compareTo(a) > 0 ? b : a);
  }

  /** {@code count(DISTINCT …)}, exact: a Long. What a sketch is held against. */
  static <E> Supplier<Accumulator<E>> distinct(Function<E, Object> input) {
    return () ->
        new Accumulator<>() {
          private final Set<Object> seen = new HashSet<>();

          @Override
          public void add(E event) {
            Object value = input.apply(event);
            if (value != null) {
              seen.add(value);
            }
          }

          @Override
          public Object value() {
            return (long) seen.size();
          }
        };
  }

  /** Any aggregate that joins two values into one; null until there is one. */
  static <E, T> Supplier<Accumulator<E>> fold(
      Function<E, T> input, java.util.function.BinaryOperator<T> join) {
    return () ->
        new Accumulator<>() {
          private T value;

          @Override
          public void add(E event) {
            T next = input.apply(event);
            if (next != null) {
              value = value == null ? next : join.apply(value, next);
            }
          }

          @Override
          public Object value() {
            return value;
          }
        };
  }
}
