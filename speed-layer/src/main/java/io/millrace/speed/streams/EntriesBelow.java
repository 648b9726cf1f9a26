package io.millrace.speed.streams;

import java.util.NoSuchElementException;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;

/**
 * What an iterator gives below a key, where the store's own ranges include their ends.
 *
 * @param all ascending; closed with this
 */
record EntriesBelow(KeyValueIterator<Bytes, byte[]> all, Bytes end)
    implements KeyValueIterator<Bytes, byte[]> {
  @Override
  public boolean hasNext() {
    return all.hasNext() && all.peekNextKey().compareTo(end) < 0;
  }

  @Override
  public Bytes peekNextKey() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return all.peekNextKey();
  }

  @Override
  public KeyValue<Bytes, byte[]> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return all.next();
  }

  @Override
  public void close() {
    all.close();
  }
}
