package io.millrace.serving.store;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * The replica's local store: one table of live state per view version, one table of batch state per
 * loaded run. It is a cache of what the speed topics and the lake hold, so it is emptied when it is
 * opened and written without a log ({@code docs/decisions/0602-local-store-is-a-cache.md}). Files
 * that turn out damaged are an error of who reads them, and {@link #broken} from then on: {@link
 * #renew} begins anew in other files.
 *
 * <p>Thread-safe. Files and native memory are let go with the last table in them, never under a
 * reader.
 */
public final class LocalStore implements AutoCloseable {
  private static final long BLOCK_CACHE_BYTES = 96L << 20;
  private static final long ALL_WRITE_BUFFERS_BYTES = 96L << 20;
  private static final long WRITE_BUFFER_BYTES = 16L << 20;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);
  private static final String FILES = "db-";

  static {
    RocksDB.loadLibrary();
  }

  private final Path directory;
  private final FileChannel lockFile;
  private final Cache cache = new LRUCache(BLOCK_CACHE_BYTES);
  private final DBOptions options;
  private final ColumnFamilyOptions tableOptions;

  /** What new tables are in; guarded by this, as are the next two. */
  private StoreFiles files;

  /** Files that were given up and are still read, and the present ones. */
  private final List<StoreFiles> opened = new ArrayList<>();

  private int generation;
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
    this.files = next();
  }

  private StoreFiles next() throws RocksDBException {
    StoreFiles next =
        StoreFiles.open(directory.resolve(FILES + ++generation), options, tableOptions);
    opened.removeIf(StoreFiles::closed);
    opened.add(next);
    return next;
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
    try (Stream<Path> left = Files.list(directory)) {
      for (Path path : left.toList()) {
        String name = path.getFileName().toString();
        if (name.startsWith(FILES) || name.equals("db") || name.equals("load")) {
          StoreFiles.deleteRecursively(path);
        }
      }
    }
    Files.createDirectories(directory.resolve("load"));
  }

  /** Why what it holds cannot be trusted any more; empty text while it can. */
  public synchronized String broken() {
    return files.broken();
  }

  /**
   * Begins anew, empty: tables made from now on are in other files. Those there are stay readable
   * as far as they are, and their files go with the last of them.
   *
   * @throws MillraceException {@code DATA_DIR_NOT_WRITABLE} if the disk takes no files; then all is
   *     as it was
   */
  public synchronized void renew() {
    checkOpen();
    StoreFiles given = files;
    try {
      Files.createDirectories(loadDirectory());
      files = next();
    } catch (IOException | RocksDBException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot begin anew in the local store "
              + directory
              + ": found "
              + e
              + ", expected a directory to write to; make room or set data.dir to another one, it"
              + " is tried again",
          e);
    }
    given.release();
  }

  /** Options of files that are moved into a table: as those it writes itself. The caller closes. */
  public Options fileOptions() {
    return new Options(options, tableOptions);
  }

  /** A new, empty table; the caller holds its only reference. */
  public StoreTable createTable(String label) {
    StoreFiles present;
    synchronized (this) {
      checkOpen();
      present = files.retain();
    }
    try {
      return present.createTable(label);
    } finally {
      present.release();
    }
  }

  /** Directory for files on their way into a table. */
  public Path loadDirectory() {
    return directory.resolve("load");
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("cannot use the local store: it is closed");
    }
  }

  @Override
  public void close() {
    List<StoreFiles> left;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      files.release();
      left = List.copyOf(opened);
    }
    long deadline = System.nanoTime() + CLOSE_TIMEOUT.toNanos();
    for (StoreFiles one : left) {
      if (!one.awaitClosed(deadline)) {
        // A reader is still inside native code; the process is ending and takes the memory with it.
        return;
      }
    }
    tableOptions.close();
    options.close();
    cache.close();
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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
}
