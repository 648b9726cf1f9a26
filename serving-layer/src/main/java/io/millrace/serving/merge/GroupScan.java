package io.millrace.serving.merge;

import io.millrace.serving.live.SpeedView;
import io.millrace.serving.store.SpeedStoreKey;
import io.millrace.serving.store.StoreTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * One ordered pass over groups: for each group key the batch state, if there is one, and the state
 * of each segment that is added. Both sides are in group key order, so this is a merge of two
 * sorted runs that holds one group at a time.
 *
 * <p>Thread-confined; the pin it reads from must outlive it.
 */
public final class GroupScan implements AutoCloseable {
  private static final byte[] NO_KEY = new byte[0];

  private final StoreTable batchTable;
  private final StoreTable speedTable;
  private final byte[] to;
  private final SegmentRange segments;
  private final List<AutoCloseable> resources = new ArrayList<>();
  private RocksIterator batch;
  private RocksIterator speed;

  private byte[] batchKey;
  private byte[] speedKey;
  private byte[] key;
  private byte[] batchState;
  private final List<byte[]> segmentStates = new ArrayList<>();

  /**
   * @param pin the live state to read
   * @param from inclusive first group key
   * @param to exclusive end of group keys, or null
   * @param readBatch the run's table, which no longer changes, or null to leave batch state out
   * @param segments which live segments to add
   */
  public GroupScan(
      SpeedView.Pin pin, StoreTable readBatch, byte[] from, byte[] to, SegmentRange segments) {
    this.batchTable = readBatch;
    this.speedTable = pin.table();
    this.to = to;
    this.segments = segments;
    try {
      if (readBatch != null) {
        batch = iterator(readBatch, new ReadOptions(), to);
        batch.seek(from);
        readBatchKey();
      }
      if (segments != SegmentRange.NONE) {
        speed =
            iterator(
                pin.table(),
                new ReadOptions().setSnapshot(pin.snapshot()),
                to == null ? null : SpeedStoreKey.upperBound(to));
        speed.seek(from);
        readSpeedKey();
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Goes to the next group that has any state; false at the end. */
  public boolean next() {
    segmentStates.clear();
    batchState = null;
    while (batchKey != null || speedKey != null) {
      key = smallest();
      if (batchKey != null && Arrays.equals(batchKey, key)) {
        batchState = batch.value();
        batch.next();
        readBatchKey();
      }
      while (speedKey != null && SpeedStoreKey.compareGroup(speedKey, key) == 0) {
        if (segments.includes(SpeedStoreKey.partition(speedKey), SpeedStoreKey.segment(speedKey))) {
          segmentStates.add(speed.value());
        }
        speed.next();
        readSpeedKey();
      }
      if (batchState != null || !segmentStates.isEmpty()) {
        return true;
      }
    }
    key = NO_KEY;
    return false;
  }

  public byte[] key() {
    return key;
  }

  /** The group's encoded batch state, or null. */
  public byte[] batchState() {
    return batchState;
  }

  /** The group's encoded states of added segments; valid until {@link #next}. */
  public List<byte[]> segmentStates() {
    return segmentStates;
  }

  @Override
  public void close() {
    for (int i = resources.size() - 1; i >= 0; i--) {
      try {
        resources.get(i).close();
      } catch (Exception e) {
        throw new IllegalStateException("cannot close an iterator of the local store", e);
      }
    }
    resources.clear();
  }

  private byte[] smallest() {
    if (speedKey == null) {
      return batchKey;
    }
    if (batchKey == null || SpeedStoreKey.compareGroup(speedKey, batchKey) < 0) {
      return SpeedStoreKey.groupKey(speedKey);
    }
    return batchKey;
  }

  private void readBatchKey() {
    batchKey = batch.isValid() ? batch.key() : null;
    if (batchKey == null) {
      check(batch, batchTable);
    } else if (to != null && Arrays.compareUnsigned(batchKey, to) >= 0) {
      batchKey = null;
    }
  }

  private void readSpeedKey() {
    speedKey = speed.isValid() ? speed.key() : null;
    if (speedKey == null) {
      check(speed, speedTable);
    } else if (to != null && SpeedStoreKey.compareGroup(speedKey, to) >= 0) {
      speedKey = null;
    }
  }

  private static void check(RocksIterator iterator, StoreTable table) {
    try {
      iterator.status();
    } catch (RocksDBException e) {
      throw table.failed("scan", e);
    }
  }

  private RocksIterator iterator(StoreTable table, ReadOptions options, byte[] upperBound) {
    resources.add(options);
    if (upperBound != null) {
      Slice bound = new Slice(upperBound);
      resources.add(bound);
      options.setIterateUpperBound(bound);
    }
    RocksIterator iterator = table.iterator(options);
    resources.add(iterator);
    return iterator;
  }
}
