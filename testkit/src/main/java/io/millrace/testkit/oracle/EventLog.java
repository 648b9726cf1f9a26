package io.millrace.testkit.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one topic holds: per partition, events at ascending offsets, with gaps where Kafka has them.
 * Not thread-safe.
 */
public final class EventLog<E> {
  /** An event and where it stands. */
  public record Entry<E>(long offset, E event) {}

  private final SortedMap<Integer, List<Entry<E>>> partitions = new TreeMap<>();

  /** Appends an event; its offset is larger than all before it in this partition. */
  public void add(int partition, long offset, E event) {
    List<Entry<E>> entries = partitions.computeIfAbsent(partition, p -> new ArrayList<>());
    if (!entries.isEmpty() && entries.get(entries.size() - 1).offset() >= offset) {
      throw new IllegalArgumentException(
          "cannot add an event: found offset "
              + offset
              + " of partition "
              + partition
              + ", expected one past "
              + entries.get(entries.size() - 1).offset());
    }
    entries.add(new Entry<>(offset, event));
  }

  /** Appends an event at the offset after the last of its partition, from 0. */
  public void add(int partition, E event) {
    List<Entry<E>> entries = partitions.getOrDefault(partition, List.of());
    add(partition, entries.isEmpty() ? 0 : entries.get(entries.size() - 1).offset() + 1, event);
  }

  /** How many events there are. */
  public long size() {
    return partitions.values().stream().mapToLong(List::size).sum();
  }

  SortedMap<Integer, List<Entry<E>>> partitions() {
    return partitions;
  }
}
