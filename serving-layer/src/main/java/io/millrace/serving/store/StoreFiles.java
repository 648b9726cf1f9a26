package io.millrace.serving.store;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One RocksDB of the local store, counted: the store refers to the one that new tables are in, and
 * each table to its own. It is closed and its files are deleted when the last reference goes.
 *
 * <p>Thread-safe. Who holds no reference must not call.
 */
final class StoreFiles {
  private static final Logger LOG = LoggerFactory.getLogger(StoreFiles.class);

  private final Path directory;
  private final ColumnFamilyOptions tableOptions;
  private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
  private final RocksDB db;
  private final ColumnFamilyHandle defaultFamily;
  private volatile String broken = "";
  private long tables;
  private int references = 1;
  private boolean closed;

  private StoreFiles(
      Path directory, ColumnFamilyOptions tableOptions, RocksDB db, ColumnFamilyHandle family) {
    this.directory = directory;
    this.tableOptions = tableOptions;
    this.db = db;
    this.defaultFamily = family;
  }

  /**
   * @param directory is made
   * @param options and {@code tableOptions} stay the caller's, who closes them after this
   */
  static StoreFiles open(Path directory, DBOptions options, ColumnFamilyOptions tableOptions)
      throws RocksDBException {
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    RocksDB db =
        RocksDB.open(
            options,
            directory.toString(),
            List.of(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, tableOptions)),
            handles);
    return new StoreFiles(directory, tableOptions, db, handles.get(0));
  }

  RocksDB db() {
    return db;
  }

  /** Why what they hold cannot be trusted any more; empty text while it can. */
  String broken() {
    return broken;
  }

  /** A new, empty table; the caller holds its only reference. */
  StoreTable createTable(String label) {
    byte[] name = (label + "#" + number()).getBytes(StandardCharsets.UTF_8);
    try {
      ColumnFamilyHandle family =
          db.createColumnFamily(new ColumnFamilyDescriptor(name, tableOptions));
      return new StoreTable(retain(), family);
    } catch (RocksDBException e) {
      throw failed("create a table", e);
    }
  }

  void write(WriteBatch batch) {
    try {
      db.write(writeOptions, batch);
    } catch (RocksDBException e) {
      throw failed("write", e);
    }
  }

  private synchronized long number() {
    return ++tables;
  }

  /** Adds a reference for who holds one. */
  synchronized StoreFiles retain() {
    if (references == 0) {
      throw new IllegalStateException("cannot use files of the local store: they are let go");
    }
    references++;
    return this;
  }

  void release() {
    synchronized (this) {
      if (references == 0) {
        throw new IllegalStateException("cannot let go of files of the local store twice");
      }
      if (--references > 0) {
        return;
      }
    }
    defaultFamily.close();
    db.close();
    writeOptions.close();
    try {
      deleteRecursively(directory);
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("cannot delete {}: {}; it is deleted on the next start", directory, e.toString());
    }
    synchronized (this) {
      closed = true;
      notifyAll();
    }
  }

  synchronized boolean closed() {
    return closed;
  }

  /** Waits until the last reference is gone; false if one is still there at {@code deadline}. */
  synchronized boolean awaitClosed(long deadlineNanos) {
    while (!closed) {
      long leftMs = (deadlineNanos - System.nanoTime()) / 1_000_000;
      if (leftMs <= 0) {
        return false;
      }
      try {
        wait(leftMs);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  MillraceException failed(String what, RocksDBException e) {
    if (isDamage(e)) {
      broken = what + ": " + e.getMessage();
    }
    return new MillraceException(
        ErrorCode.INTERNAL,
        "cannot "
            + what
            + " in the local store: found "
            + e.getMessage()
            + ", expected it to work; damaged files are thrown away and filled again, a full disk"
            + " below data.dir needs room",
        e);
  }

  private static boolean isDamage(RocksDBException e) {
    Status status = e.getStatus();
    return status != null
        && (status.getCode() == Status.Code.Corruption
            || (status.getCode() == Status.Code.IOError
                && status.getSubCode() != Status.SubCode.NoSpace));
  }

  static void deleteRecursively(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
