package io.millrace.serving.store;

import java.util.List;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One table of the local store, counted: its data is dropped when the last reference is released.
 *
 * <p>Thread-safe.
 */
public final class StoreTable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreTable.class);

  private final LocalStore store;
  private final ColumnFamilyHandle family;
  private int references = 1;

  StoreTable(LocalStore store, ColumnFamilyHandle family) {
    this.store = store;
    this.family = family;
    store.pin();
  }

  public LocalStore store() {
    return store;
  }

  public ColumnFamilyHandle family() {
    return family;
  }

  /** Adds a reference, unless the last one is gone already. */
  public synchronized boolean retain() {
    if (references == 0) {
      return false;
    }
    references++;
    return true;
  }

  public synchronized void release() {
    if (--references > 0) {
      return;
    }
    try {
      store.db().dropColumnFamily(family);
    } catch (RocksDBException e) {
      // The table is no more either way; what is wrong with the store is said by whoever reads it.
      LOG.warn("{}", store.failed("drop a table", e).getMessage());
    } finally {
      family.close();
      store.unpin();
    }
  }

  /** Moves sorted table files into this table. */
  public void ingest(List<String> files) {
    try (IngestExternalFileOptions options = new IngestExternalFileOptions().setMoveFiles(true)) {
      store.db().ingestExternalFile(family, files, options);
    } catch (RocksDBException e) {
      throw store.failed("load table files", e);
    }
  }

  /** About how many keys it holds. */
  long approximateKeys() {
    try {
      return store.db().getLongProperty(family, "rocksdb.estimate-num-keys");
    } catch (RocksDBException e) {
      throw store.failed("count keys", e);
    }
  }
}
