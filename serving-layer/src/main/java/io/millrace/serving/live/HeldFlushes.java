package io.millrace.serving.live;

import io.millrace.control.model.Progress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rocksdb.WriteBatch;

/**
 * Whole flushes that are read and not shown yet, partition by partition, because somebody holds a
 * view where it is. Not thread-safe.
 */
final class HeldFlushes implements AutoCloseable {
  private record Flush(WriteBatch batch, Progress reached) {}

  /** Where flushes go that are held no more. */
  interface Shown {
    void flush(int partition, WriteBatch batch, Progress reached);
  }

  private final Map<Integer, Deque<Flush>> flushes = new HashMap<>();
  private Map<Integer, Long> most = Map.of();
  private long bytes;

  /** Shows flushes of these partitions at or below these offsets from now on. */
  void upTo(Map<Integer, Long> offsets, Shown shown) {
    most = Map.copyOf(offsets);
    for (int partition : List.copyOf(flushes.keySet())) {
      show(partition, most.getOrDefault(partition, -1L), shown);
    }
  }

  void all(Shown shown) {
    for (int partition : List.copyOf(flushes.keySet())) {
      show(partition, Long.MAX_VALUE, shown);
    }
  }

  boolean holds(int partition, Progress reached) {
    return waits(partition) || reached.position() > most.getOrDefault(partition, -1L);
  }

  /** Whether a flush of the partition is held: what follows must not come before it. */
  boolean waits(int partition) {
    return flushes.containsKey(partition);
  }

  /** Takes the batch over. */
  void add(int partition, WriteBatch batch, Progress reached) {
    flushes.computeIfAbsent(partition, p -> new ArrayDeque<>()).add(new Flush(batch, reached));
    bytes += batch.getDataSize();
  }

  long bytes() {
    return bytes;
  }

  private void show(int partition, long offset, Shown shown) {
    Deque<Flush> waiting = flushes.get(partition);
    while (!waiting.isEmpty()) {
      if (waiting.peek().reached().position() > offset) {
        return;
      }
      Flush flush = waiting.poll();
      bytes -= flush.batch().getDataSize();
      try (WriteBatch batch = flush.batch()) {
        shown.flush(partition, batch, flush.reached());
      }
    }
    flushes.remove(partition);
  }

  @Override
  public void close() {
    flushes.values().forEach(waiting -> waiting.forEach(flush -> flush.batch().close()));
    flushes.clear();
    bytes = 0;
  }
}
