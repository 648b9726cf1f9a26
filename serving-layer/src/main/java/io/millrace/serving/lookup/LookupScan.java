package io.millrace.serving.lookup;

import io.millrace.serving.store.StoreTable;
import io.millrace.view.query.ScanInput;
import io.millrace.view.query.ScanPlan;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * The rows of a pinned lookup that lie in ranges of keys, one range sought after the other. Counts
 * what it reads. Thread-confined; the pin must outlive it.
 *
 * <p>A value in the store is where its row stands in the file (8 bytes), and the row.
 */
public final class LookupScan implements ScanInput.LookupRows, AutoCloseable {
  private final StoreTable table;
  private final LongAdder missed;
  private final Iterator<ScanPlan.Range> ranges;
  private final ReadOptions options = new ReadOptions();
  private final RocksIterator at;
  private ScanPlan.Range range;
  private byte[] key;
  private long rows;
  private long bytes;
  private int seeks;

  LookupScan(StoreTable table, List<ScanPlan.Range> ranges, LongAdder missed) {
    this.table = table;
    this.missed = missed;
    this.ranges = ranges.iterator();
    this.at = table.iterator(options);
  }

  static byte[] value(long number, byte[] row) {
    return ByteBuffer.allocate(Long.BYTES + row.length).putLong(number).put(row).array();
  }

  static long number(byte[] value) {
    return ByteBuffer.wrap(value).getLong();
  }

  @Override
  public boolean next() {
    if (range != null) {
      at.next();
    }
    while (true) {
      if (range != null && at.isValid()) {
        key = at.key();
        if (range.to() == null || Arrays.compareUnsigned(key, range.to()) < 0) {
          rows++;
          return true;
        }
      }
      check();
      if (!ranges.hasNext()) {
        range = null;
        return false;
      }
      range = ranges.next();
      at.seek(range.from());
      seeks++;
    }
  }

  private void check() {
    try {
      at.status();
    } catch (RocksDBException e) {
      throw table.failed("read a lookup", e);
    }
  }

  @Override
  public byte[] key() {
    return key;
  }

  @Override
  public byte[] row() {
    byte[] value = at.value();
    bytes += key.length + value.length;
    return Arrays.copyOfRange(value, Long.BYTES, value.length);
  }

  @Override
  public void missed() {
    missed.increment();
  }

  /** What was read, in words. */
  public String reading() {
    return "read %d rows in %d seeks, %d bytes of them".formatted(rows, seeks, bytes);
  }

  @Override
  public void close() {
    at.close();
    options.close();
  }
}
