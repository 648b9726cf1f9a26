package io.millrace.serving.store;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Snapshot;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The replica's local RocksDB: one table of live state per view version, one table of batch state
 * per loaded run. It is a cache of what the speed topics and the lake hold, so it is emptied when
 * it is opened and written without a log ({@code docs/decisions/0602-local-store-is-a-cache.md}).
 * Files that turn out damaged are an error of who reads them, and {@link #broken} from then on:
 * {@link #renew} throws everything away.
 *
 * <p>Thread-safe. {@link #close} waits for open pins; native memory is never freed under a reader.
 */
public final class LocalStore implements AutoCloseable {
  private static final long BLOCK_CACHE_BYTES = 96L << 20;
  private static final long ALL_WRITE_BUFFERS_BYTES = 96L << 20;
  private static final long WRITE_BUFFER_BYTES = 16L << 20;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration RENEW_TIMEOUT = Duration.ofSeconds(15);

  static {
    RocksDB.loadLibrary();
  }

  private final Path directory;
  private final FileChannel lockFile;
  private final Cache cache = new LRUCache(BLOCK_CACHE_BYTES);
  private final DBOptions options;
  private final ColumnFamilyOptions tableOptions;
  private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
  private volatile RocksDB db;
  private ColumnFamilyHandle defaultFamily;
  private volatile String broken = "";
  private final AtomicLong names = new AtomicLong();
  private final Object pinsLock = new Object();
  private int pins;
  private boolean closed;

  private LocalStore(Path directory, FileChannel lockFile) throws RocksDBException {
    this.directory = directory;
    this.lockFile = lockFile;
    this.options =
        new DBOptions()
            .setCreateIfMissing(true)
            .setDbWriteBufferSize(ALL_WRITE_BUFFERS_BYTES)
            .setMaxBackgroundJobs(2)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setStatsDumpPeriodSec(0)
            .setKeepLogFileNum(1);
    this.tableOptions =
        new ColumnFamilyOptions()
            .setWriteBufferSize(WRITE_BUFFER_BYTES)
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setTableFormatConfig(
                new BlockBasedTableConfig()
                    .setBlockCache(cache)
                    .setBlockSize(16 << 10)
                    .setCacheIndexAndFilterBlocks(true));
    open();
  }

  private void open() throws RocksDBException {
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    this.db =
        RocksDB.open(
            options,
            directory.resolve("db").toString(),
            List.of(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, tableOptions)),
            handles);
    this.defaultFamily = handles.get(0);
  }

  /**
   * Opens an empty store.
   *
   * @throws MillraceException {@code DATA_DIR_NOT_WRITABLE} if the directory cannot be written, or
   *     another process uses it
   */
  public static LocalStore open(Path directory) {
    FileChannel lockFile = null;
    try {
      Files.createDirectories(directory);
      lockFile =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!locked(lockFile)) {
        lockFile.close();
        throw new MillraceException(
            ErrorCode.DATA_DIR_NOT_WRITABLE,
            "cannot open the local store "
                + directory
                + ": found it in use by another serving process, expected it free; stop that"
                + " process or set data.dir to another directory");
      }
      empty(directory);
      return new LocalStore(directory, lockFile);
    } catch (IOException | RocksDBException e) {
      closeQuietly(lockFile, e);
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot open the local store "
              + directory
              + ": found "
              + e
              + ", expected a directory to write to; set data.dir to one",
          e);
    }
  }

  private static void empty(Path directory) throws IOException {
    deleteRecursively(directory.resolve("db"));
    deleteRecursively(directory.resolve("load"));
    Files.createDirectories(directory.resolve("load"));
  }

  /** Why what it holds cannot be trusted any more; empty text while it can. */
  public String broken() {
    return broken;
  }

  /**
   * Throws all data away and begins anew, empty. The caller has let go of all tables; reads under
   * way are waited for.
   *
   * @throws MillraceException {@code INTERNAL} if somebody still reads, or the disk takes no files
   */
  public void renew() {
    if (!awaitNoPins(RENEW_TIMEOUT)) {
      unclose();
      throw new MillraceException(
          ErrorCode.INTERNAL,
          "cannot throw away the damaged local store: found it read from for "
              + RENEW_TIMEOUT.toSeconds()
              + " s, expected the readers to end; it is tried again");
    }
    try {
      defaultFamily.close();
      db.close();
      empty(directory);
      open();
      broken = "";
    } catch (IOException | RocksDBException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot open the local store "
              + directory
              + " anew: found "
              + e
              + ", expected a directory to write to; restart serving",
          e);
    } finally {
      unclose();
    }
  }

  private void unclose() {
    synchronized (pinsLock) {
      closed = false;
    }
  }

  /** Options of files that are moved into a table: as those it writes itself. The caller closes. */
  public Options fileOptions() {
    return new Options(options, tableOptions);
  }

  /** A new, empty table; the caller holds its only reference. */
  public StoreTable createTable(String label) {
    pin();
    try {
      byte[] name = (label + "#" + names.incrementAndGet()).getBytes(StandardCharsets.UTF_8);
      return new StoreTable(
          this, db.createColumnFamily(new ColumnFamilyDescriptor(name, tableOptions)));
    } catch (RocksDBException e) {
      throw failed("create a table", e);
    } finally {
      unpin();
    }
  }

  /** Applies a batch atomically: a snapshot sees all of it or nothing. */
  public void write(WriteBatch batch) {
    pin();
    try {
      db.write(writeOptions, batch);
    } catch (RocksDBException e) {
      throw failed("write", e);
    } finally {
      unpin();
    }
  }

  /** Pins the present content of all tables until {@link #release}. */
  public Snapshot snapshot() {
    pin();
    return db.getSnapshot();
  }

  public void release(Snapshot snapshot) {
    db.releaseSnapshot(snapshot);
    snapshot.close();
    unpin();
  }

  public RocksDB db() {
    return db;
  }

  /** Directory for files on their way into a table. */
  public Path loadDirectory() {
    return directory.resolve("load");
  }

  /** Keeps the native store open until {@link #unpin}. */
  void pin() {
    synchronized (pinsLock) {
      if (closed) {
        throw new IllegalStateException("cannot use the local store: it is closed");
      }
      pins++;
    }
  }

  void unpin() {
    synchronized (pinsLock) {
      pins--;
      pinsLock.notifyAll();
    }
  }

  public MillraceException failed(String what, RocksDBException e) {
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

  @Override
  public void close() {
    if (!awaitNoPins(CLOSE_TIMEOUT)) {
      // A reader is still inside native code; the process is ending and takes the memory with it.
      return;
    }
    defaultFamily.close();
    db.close();
    writeOptions.close();
    tableOptions.close();
    options.close();
    cache.close();
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean awaitNoPins(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (pinsLock) {
      closed = true;
      while (pins > 0) {
        long leftMs = (deadline - System.nanoTime()) / 1_000_000;
        if (leftMs <= 0) {
          return false;
        }
        try {
          pinsLock.wait(leftMs);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
      return true;
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static void closeQuietly(FileChannel channel, Exception cause) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  private static void deleteRecursively(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
