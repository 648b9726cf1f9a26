package io.millrace.speed.view;

import io.millrace.speed.store.SpeedOutput;
import io.millrace.speed.store.StoreKeys;
import io.millrace.speed.store.TaskStore;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/**
 * The states of one view version on one source partition, and the only way to write one: each goes
 * to the store and to the speed topic, so that neither ever has what the other lacks, and none is
 * larger than these take. For one thread.
 */
final class StateWriter {
  private static final int BATCH = 1024;
  private static final long BATCH_BYTES = 4L << 20;

  private final int slot;
  private final String topic;
  private final long maxBytes;
  private final TaskStore store;
  private final SpeedOutput output;
  private final List<KeyValue<Bytes, byte[]>> writes = new ArrayList<>();
  private long waiting;
  private long written;
  private long writtenBytes;

  /**
   * @param slot stands for the view version in the store
   * @param topic the view version's speed topic
   * @param maxBytes of a state and its key
   */
  StateWriter(int slot, String topic, long maxBytes, TaskStore store, SpeedOutput output) {
    this.slot = slot;
    this.topic = topic;
    this.maxBytes = maxBytes;
    this.store = store;
    this.output = output;
  }

  int slot() {
    return slot;
  }

  String topic() {
    return topic;
  }

  long maxBytes() {
    return maxBytes;
  }

  boolean fits(byte[] groupKey, byte[] state) {
    return groupKey.length + (long) state.length <= maxBytes;
  }

  /** The encoded state of a group, or null; one that waits to be {@link #drain}ed is not seen. */
  byte[] read(long segment, byte[] groupKey) {
    return store.get(StoreKeys.group(slot, segment, groupKey));
  }

  /**
   * The states of segments that start below {@code to}, by store key, from the one after a group of
   * segment {@code from} on; what waits is drained first. To be closed.
   *
   * @param after group key, or null: from the segment's first one on
   */
  KeyValueIterator<Bytes, byte[]> scan(long from, byte[] after, long to) {
    drain();
    Bytes first =
        after == null
            ? Bytes.wrap(StoreKeys.segmentPrefix(slot, from))
            : StoreKeys.after(StoreKeys.group(slot, from, after));
    return store.scan(first, Bytes.wrap(StoreKeys.segmentPrefix(slot, to)));
  }

  /**
   * @throws IllegalArgumentException if it does not {@link #fits fit}
   */
  void write(long segment, byte[] groupKey, byte[] state) {
    if (!fits(groupKey, state)) {
      throw new IllegalArgumentException("cannot write a state of " + state.length + " bytes");
    }
    put(segment, groupKey, state);
  }

  void delete(long segment, byte[] groupKey) {
    put(segment, groupKey, null);
  }

  private void put(long segment, byte[] groupKey, byte[] state) {
    long size = groupKey.length + (state == null ? 0 : state.length);
    writes.add(KeyValue.pair(StoreKeys.group(slot, segment, groupKey), state));
    output.state(topic, segment, groupKey, state);
    written++;
    writtenBytes += size;
    waiting += size;
    if (writes.size() >= BATCH || waiting >= BATCH_BYTES) {
      drain();
    }
  }

  /**
   * Gives the speed topic the next of the states that the store has.
   *
   * @return as {@link Publication#slice}
   */
  boolean publish(Publication publication, Budget budget) {
    drain();
    return publication.slice(
        store, budget, (segment, groupKey, state) -> output.state(topic, segment, groupKey, state));
  }

  /** Writes what the store is to keep of the view itself. */
  void write(ViewRecord record) {
    writes.add(KeyValue.pair(StoreKeys.view(slot), record.toBytes()));
  }

  /** Hands on to the store what waits. */
  void drain() {
    if (!writes.isEmpty()) {
      store.putAll(writes);
      writes.clear();
      waiting = 0;
    }
  }

  /** States written or deleted since {@link #startFlush}. */
  long written() {
    return written;
  }

  long writtenBytes() {
    return writtenBytes;
  }

  /** Counts anew what is written. */
  void startFlush() {
    written = 0;
    writtenBytes = 0;
  }
}
