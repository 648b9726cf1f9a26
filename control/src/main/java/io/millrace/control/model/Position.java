package io.millrace.control.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongBinaryOperator;
import java.util.stream.Collectors;

/**
 * A vector of Kafka offsets, one per partition of one source topic. Every offset is an
 * <em>exclusive</em> upper bound: a position stands for exactly the records with {@code offset <
 * offset(partition)}.
 *
 * <p>A partition the vector does not name stands at offset 0: nothing of it is covered. Two
 * positions that differ only in such zero entries are therefore equal.
 *
 * <p>Immutable and thread-safe.
 */
public final class Position {
  private static final Position EMPTY = new Position(new TreeMap<>());

  private final SortedMap<Integer, Long> offsets;

  private Position(SortedMap<Integer, Long> offsets) {
    this.offsets = Collections.unmodifiableSortedMap(offsets);
  }

  /** The position before every record. */
  public static Position empty() {
    return EMPTY;
  }

  /**
   * @param offsets partition to exclusive offset; neither may be negative
   */
  @JsonCreator
  public static Position of(Map<Integer, Long> offsets) {
    TreeMap<Integer, Long> kept = new TreeMap<>();
    offsets.forEach(
        (partition, offset) -> {
          if (partition < 0 || offset < 0) {
            throw new IllegalArgumentException(
                "cannot make a position: found partition "
                    + partition
                    + " at offset "
                    + offset
                    + ", expected neither to be negative");
          }
          if (offset > 0) {
            kept.put(partition, offset);
          }
        });
    return kept.isEmpty() ? EMPTY : new Position(kept);
  }

  /**
   * Reads what {@link #toString} writes: {@code "0:120,1:98"}.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  public static Position parse(String text) {
    TreeMap<Integer, Long> offsets = new TreeMap<>();
    if (!text.isBlank()) {
      for (String entry : text.split(",")) {
        String[] sides = entry.split(":");
        try {
          offsets.put(Integer.parseInt(sides[0].strip()), Long.parseLong(sides[1].strip()));
        } catch (RuntimeException e) {
          throw new IllegalArgumentException(
              "cannot read a position: found '" + text + "', expected 'partition:offset,…'", e);
        }
      }
    }
    return of(offsets);
  }

  /** The exclusive bound of {@code partition}; 0 where the vector does not name it. */
  public long offset(int partition) {
    return offsets.getOrDefault(partition, 0L);
  }

  /** Partition to exclusive offset, ascending, without the zero entries. */
  @JsonValue
  public SortedMap<Integer, Long> offsets() {
    return offsets;
  }

  /** This position with {@code partition} at {@code offset}. */
  public Position with(int partition, long offset) {
    TreeMap<Integer, Long> changed = new TreeMap<>(offsets);
    changed.put(partition, offset);
    return of(changed);
  }

  /** Whether every record below {@code other} is also below this. */
  public boolean covers(Position other) {
    return other.offsets.entrySet().stream().allMatch(e -> offset(e.getKey()) >= e.getValue());
  }

  /** The largest position that both cover. */
  public Position min(Position other) {
    return combine(other, Math::min);
  }

  /** The smallest position that covers both. */
  public Position max(Position other) {
    return combine(other, Math::max);
  }

  /** How many offsets lie below this position: an upper bound of the records it stands for. */
  public long total() {
    return offsets.values().stream().mapToLong(Long::longValue).sum();
  }

  private Position combine(Position other, LongBinaryOperator choose) {
    TreeMap<Integer, Long> result = new TreeMap<>();
    for (Integer partition : offsets.keySet()) {
      result.put(partition, choose.applyAsLong(offset(partition), other.offset(partition)));
    }
    for (Integer partition : other.offsets.keySet()) {
      result.put(partition, choose.applyAsLong(offset(partition), other.offset(partition)));
    }
    return of(result);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Position other && offsets.equals(other.offsets);
  }

  @Override
  public int hashCode() {
    return Objects.hash(offsets);
  }

  /** {@code "0:120,1:98"}, ascending by partition; empty for the empty position. */
  @Override
  public String toString() {
    return offsets.entrySet().stream()
        .map(e -> e.getKey() + ":" + e.getValue())
        .collect(Collectors.joining(","));
  }
}
