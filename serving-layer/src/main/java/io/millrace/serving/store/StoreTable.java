package io.millrace.serving.store;

import io.millrace.control.error.MillraceException;
import java.util.List;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One table of the local store, counted: its data is dropped when the last reference is released.
 *
 * <p>Thread-safe. Who holds no reference must not call anything but {@link #retain}.
 */
public final class StoreTable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreTable.class);

  private final StoreFiles files;
  private final ColumnFamilyHandle family;
  private int references = 1;

  /**
   * @param files a reference to them, which becomes the table's
   */
  StoreTable(StoreFiles files, ColumnFamilyHandle family) {
    this.files = files;
    this.family = family;
  }

  ColumnFamilyHandle family() {
    return family;
  }

  StoreFiles files() {
    return files;
  }

  /** Adds a reference, unless the last one is gone already. */
  public synchronized boolean retain() {
    if (references == 0) {
      return false;
    }
    references++;
    return true;
  }

  /**
   * Gives a reference back.
   *
   * @throws IllegalStateException if none is left, which native code would not survive
   */
  public void release() {
    synchronized (this) {
      if (references == 0) {
        throw new IllegalStateException("cannot let go of a table of the local store twice");
      }
      if (--references > 0) {
        return;
      }
    }
    try {
      files.db().dropColumnFamily(family);
    } catch (RocksDBException e) {
      // The table is no more either way; what is wrong with the store is said by whoever reads it.
      LOG.warn("{}", files.failed("drop a table", e).getMessage());
    } finally {
      family.close();
      files.release();
    }
  }

  /** Collects a value for {@link #write}. */
  public void put(WriteBatch batch, byte[] key, byte[] value) {
    try {
      batch.put(family, key, value);
    } catch (RocksDBException e) {
      throw files.failed("collect a flush", e);
    }
  }

  /** Collects that a key is no more, for {@link #write}. */
  public void delete(WriteBatch batch, byte[] key) {
    try {
      batch.delete(family, key);
    } catch (RocksDBException e) {
      throw files.failed("collect a flush", e);
    }
  }

  /** Applies a batch of this table atomically: a snapshot sees all of it or nothing. */
  public void write(WriteBatch batch) {
    files.write(batch);
  }

  /** Pins the present content until {@link #release(Snapshot)}; the reference must outlive it. */
  public Snapshot snapshot() {
    return files.db().getSnapshot();
  }

  public void release(Snapshot snapshot) {
    files.db().releaseSnapshot(snapshot);
    snapshot.close();
  }

  /** The caller closes it, before {@code options} and before its reference goes. */
  public RocksIterator iterator(ReadOptions options) {
    return files.db().newIterator(family, options);
  }

  /** The value of a key; null if there is none. */
  public byte[] get(byte[] key) {
    try {
      return files.db().get(family, key);
    } catch (RocksDBException e) {
      throw files.failed("read", e);
    }
  }

  /** Moves sorted table files into this table. */
  public void ingest(List<String> sorted) {
    try (IngestExternalFileOptions options = new IngestExternalFileOptions().setMoveFiles(true)) {
      files.db().ingestExternalFile(family, sorted, options);
    } catch (RocksDBException e) {
      throw files.failed("load table files", e);
    }
  }

  /** The error of a call to RocksDB on this table; damage is noted. */
  public MillraceException failed(String what, RocksDBException e) {
    return files.failed(what, e);
  }
}
