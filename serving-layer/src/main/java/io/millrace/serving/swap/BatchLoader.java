package io.millrace.serving.swap;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.RunRecord;
import io.millrace.lake.Lake;
import io.millrace.lake.Manifest;
import io.millrace.lake.RowChecksum;
import io.millrace.serving.store.LocalStore;
import io.millrace.serving.store.RunData;
import io.millrace.serving.store.StoreTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.rocksdb.EnvOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a run's rows into a table of their own, beside everything that is being answered.
 *
 * <p>Rows are sorted in chunks, each chunk becomes one table file, and all files are moved in at
 * once. Sorted input costs one comparison a row; unsorted input is as correct.
 */
public final class BatchLoader implements RunLoader {
  private static final Logger LOG = LoggerFactory.getLogger(BatchLoader.class);

  /** Several views load at once. */
  private static final long CHUNK_BYTES = 12L << 20;

  private static final int ROW_OVERHEAD_BYTES = 64;
  private static final int PROGRESS_ROWS = 1_000_000;
  private static final Comparator<byte[][]> BY_KEY = (a, b) -> Arrays.compareUnsigned(a[0], b[0]);

  private final Lake lake;
  private final LocalStore store;

  public BatchLoader(Lake lake, LocalStore store) {
    this.lake = lake;
    this.store = store;
  }

  @Override
  public RunData load(RunRecord run, BooleanSupplier stopped) {
    long started = System.nanoTime();
    StoreTable table = store.createTable(run.viewId() + "/" + run.runId());
    Path directory = store.loadDirectory().resolve(run.runId() + "-" + System.nanoTime());
    boolean loaded = false;
    try {
      Files.createDirectories(directory);
      long rows = load(run, table, directory, stopped);
      double seconds = (System.nanoTime() - started) / 1e9;
      LOG.info(
          "view {}: loaded run {}: {} groups in {} s ({} groups/s)",
          run.view(),
          run.runId(),
          rows,
          String.format("%.2f", seconds),
          Math.round(rows / Math.max(seconds, 1e-3)));
      loaded = true;
      return new RunData(run, table, rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RocksDBException e) {
      throw table.failed("load a run", e);
    } finally {
      if (!loaded) {
        table.release();
      }
      deleteFiles(directory);
    }
  }

  private long load(RunRecord run, StoreTable table, Path directory, BooleanSupplier stopped)
      throws IOException, RocksDBException {
    Table view = lake.batchView(run);
    List<String> files = new ArrayList<>();
    List<byte[][]> chunk = new ArrayList<>();
    RowChecksum checksum = new RowChecksum();
    long chunkBytes = 0;
    long rows = 0;
    try (CloseableIterable<Record> records =
        IcebergGenerics.read(view)
            .useSnapshot(run.viewSnapshotId().orElseThrow())
            .select("_key", "_state")
            .build()) {
      for (Record record : records) {
        byte[] key = bytes(record.getField("_key"));
        byte[] state = bytes(record.getField("_state"));
        checksum.add(key, state);
        chunk.add(new byte[][] {key, state});
        chunkBytes += key.length + state.length + ROW_OVERHEAD_BYTES;
        if (chunkBytes > CHUNK_BYTES) {
          files.add(write(run, chunk, directory, files.size()));
          chunk.clear();
          chunkBytes = 0;
        }
        if (++rows % PROGRESS_ROWS == 0) {
          LOG.info(
              "view {}: loading run {}: {} of {} groups",
              run.view(),
              run.runId(),
              rows,
              run.rows());
        }
        if (stopped.getAsBoolean()) {
          throw new MillraceException(
              ErrorCode.RUN_FAILED,
              "cannot load run "
                  + run.runId()
                  + ": found that its view is let go; it loads when the view is taken up again");
        }
      }
    }
    check(run, view.snapshot(run.viewSnapshotId().orElseThrow()), rows, checksum);
    if (!chunk.isEmpty()) {
      files.add(write(run, chunk, directory, files.size()));
    }
    if (!files.isEmpty()) {
      table.ingest(files);
    }
    return rows;
  }

  /** Whether these are the rows that the run wrote, as its manifest says. */
  private static void check(RunRecord run, Snapshot manifest, long rows, RowChecksum checksum) {
    if (run.rows() >= 0 && rows != run.rows()) {
      throw damaged(run, rows + " rows", run.rows() + " as its manifest says");
    }
    Optional<String> written = Manifest.checksum(manifest);
    if (written
        .filter(RowChecksum::knows)
        .filter(sum -> !sum.equals(checksum.text()))
        .isPresent()) {
      throw damaged(
          run,
          "rows with the checksum " + checksum.text(),
          written.get()
              + " as its manifest says: its files were changed after it had written them");
    }
  }

  private static MillraceException damaged(RunRecord run, String found, String expected) {
    return new MillraceException(
        ErrorCode.RUN_DAMAGED,
        "cannot load run "
            + run.runId()
            + " of view "
            + run.view()
            + ": found "
            + found
            + ", expected "
            + expected
            + "; run `millrace recompute "
            + run.view()
            + "`");
  }

  private String write(RunRecord run, List<byte[][]> rows, Path directory, int number)
      throws RocksDBException {
    rows.sort(BY_KEY);
    String file = directory.resolve(number + ".sst").toString();
    try (EnvOptions environment = new EnvOptions();
        Options options = store.fileOptions();
        SstFileWriter writer = new SstFileWriter(environment, options)) {
      writer.open(file);
      byte[] last = null;
      for (byte[][] row : rows) {
        if (last != null && Arrays.equals(last, row[0])) {
          throw damaged(run, "two rows of one group", "one");
        }
        last = row[0];
        writer.put(row[0], row[1]);
      }
      writer.finish();
    }
    return file;
  }

  private static byte[] bytes(Object field) {
    ByteBuffer buffer = ((ByteBuffer) field).duplicate();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static void deleteFiles(Path directory) {
    try (java.util.stream.Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("cannot delete {}: {}; it is deleted on the next start", directory, e.toString());
    }
  }
}
