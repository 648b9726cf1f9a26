package io.millrace.speed.store;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/** A {@link TaskStore} in memory that can go back to its last commit. */
public final class MemoryStore implements TaskStore {
  private TreeMap<Bytes, byte[]> entries = new TreeMap<>();
  private TreeMap<Bytes, byte[]> committed = new TreeMap<>();
  private TreeMap<Bytes, byte[]> changelog = new TreeMap<>();
  private TreeMap<Bytes, byte[]> committedLog = new TreeMap<>();
  public long reads;
  public long writes;

  public void commit() {
    committed = new TreeMap<>(entries);
    committedLog = new TreeMap<>(changelog);
  }

  public void abort() {
    entries = new TreeMap<>(committed);
    changelog = new TreeMap<>(committedLog);
  }

  /** The changelog is deleted and made again: it has nothing of what the store has. */
  public void makeChangelogAnew() {
    changelog = new TreeMap<>();
    committedLog = new TreeMap<>();
  }

  /** As after a crash: all that there is comes from the changelog. */
  public void restore() {
    committed = new TreeMap<>(committedLog);
    abort();
  }

  public int size() {
    return entries.size();
  }

  public List<Bytes> scanAll() {
    return List.copyOf(entries.keySet());
  }

  @Override
  public byte[] get(Bytes key) {
    reads++;
    return entries.get(key);
  }

  @Override
  public void putAll(List<KeyValue<Bytes, byte[]>> writes) {
    this.writes += writes.size();
    for (KeyValue<Bytes, byte[]> write : writes) {
      if (write.value == null) {
        entries.remove(write.key);
        changelog.remove(write.key);
      } else {
        entries.put(write.key, write.value);
        changelog.put(write.key, write.value);
      }
    }
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> scan(byte[] prefix) {
    Bytes from = Bytes.wrap(prefix);
    return scan(from, Bytes.increment(from));
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> scan(Bytes from, Bytes to) {
    Iterator<Map.Entry<Bytes, byte[]>> all =
        new TreeMap<>(from.compareTo(to) < 0 ? entries.subMap(from, to) : Map.of())
            .entrySet()
            .iterator();
    return new KeyValueIterator<>() {
      @Override
      public void close() {
        // Holds nothing.
      }

      @Override
      public Bytes peekNextKey() {
        throw new UnsupportedOperationException();
      }

      @Override
      public boolean hasNext() {
        return all.hasNext();
      }

      @Override
      public KeyValue<Bytes, byte[]> next() {
        Map.Entry<Bytes, byte[]> entry = all.next();
        return KeyValue.pair(entry.getKey(), entry.getValue());
      }
    };
  }
}
