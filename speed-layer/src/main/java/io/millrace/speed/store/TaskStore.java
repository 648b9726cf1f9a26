package io.millrace.speed.store;

import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/** The durable part of a task's state, written in the task's Kafka transaction. For one thread. */
public interface TaskStore {
  /** The value of a key, or null. */
  byte[] get(Bytes key);

  /** Writes all entries; a null value deletes. */
  void putAll(List<KeyValue<Bytes, byte[]>> entries);

  /** The entries whose keys start with {@code prefix}, as they are now, ascending; to be closed. */
  KeyValueIterator<Bytes, byte[]> scan(byte[] prefix);

  /**
   * The entries from {@code from} to below {@code to}, as they are now, ascending; to be closed.
   */
  KeyValueIterator<Bytes, byte[]> scan(Bytes from, Bytes to);
}
