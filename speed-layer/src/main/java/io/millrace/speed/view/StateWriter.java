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
 * to the store and to the speed topic, so that neither ever has what the other lacks. For one
 * thread.
 */
final class StateWriter {
  private static final int BATCH = 1024;

  private final int slot;
  private final String topic;
  private final TaskStore store;
  private final SpeedOutput output;
  private final List<KeyValue<Bytes, byte[]>> writes = new ArrayList<>();

  /**
   * @param slot stands for the view version in the store
   * @param topic the view version's speed topic
   */
  StateWriter(int slot, String topic, TaskStore store, SpeedOutput output) {
    this.slot = slot;
    this.topic = topic;
    this.store = store;
    this.output = output;
  }

  int slot() {
    return slot;
  }

  String topic() {
    return topic;
  }

  /** The encoded state of a group, or null; one that waits to be {@link #drain}ed is not seen. */
  byte[] read(long segment, byte[] groupKey) {
    return store.get(StoreKeys.group(slot, segment, groupKey));
  }

  /** The states of a segment by store key; what waits is drained first. To be closed. */
  KeyValueIterator<Bytes, byte[]> scan(long segment) {
    drain();
    return store.scan(StoreKeys.segmentPrefix(slot, segment));
  }

  void write(long segment, byte[] groupKey, byte[] state) {
    put(segment, groupKey, state);
  }

  void delete(long segment, byte[] groupKey) {
    put(segment, groupKey, null);
  }

  private void put(long segment, byte[] groupKey, byte[] state) {
    writes.add(KeyValue.pair(StoreKeys.group(slot, segment, groupKey), state));
    output.state(topic, segment, groupKey, state);
    if (writes.size() >= BATCH) {
      drain();
    }
  }

  /**
   * Gives the speed topic the next of the states that the store has.
   *
   * @return as {@link Publication#slice}
   */
  boolean publish(Publication publication) {
    drain();
    return publication.slice(
        store, (segment, groupKey, state) -> output.state(topic, segment, groupKey, state));
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
    }
  }
}
