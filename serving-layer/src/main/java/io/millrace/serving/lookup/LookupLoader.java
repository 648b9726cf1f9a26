package io.millrace.serving.lookup;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.serving.lookup.content.LookupContent;
import io.millrace.serving.lookup.content.LookupContents;
import io.millrace.serving.lookup.content.LookupRows;
import io.millrace.serving.store.LocalStore;
import io.millrace.serving.store.StoreTable;
import io.millrace.view.lookup.BadValueException;
import io.millrace.view.lookup.CompiledLookup;
import io.millrace.view.lookup.LookupEncoder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a lookup's content to the end, into a table of its own. Thread-safe. */
final class LookupLoader {
  private static final Logger LOG = LoggerFactory.getLogger(LookupLoader.class);
  private static final int BATCH_BYTES = 1 << 20;

  private final LocalStore store;
  private final LookupContents contents;
  private final long mostBytes;

  /**
   * @param mostBytes of keys and rows, of one lookup
   */
  LookupLoader(LocalStore store, LookupContents contents, long mostBytes) {
    this.store = store;
    this.contents = contents;
    this.mostBytes = mostBytes;
  }

  /** Of the content as it is now: {@link LookupContent#stamp}. */
  String stamp(LookupDefinition lookup) {
    return contents.of(lookup).stamp();
  }

  /** Of the content as it is now: {@link LookupContent#id}. */
  String id(LookupDefinition lookup) {
    return contents.of(lookup).id();
  }

  /**
   * @param stopped whether nobody wants it any more
   * @return the caller holds the only reference to its table
   * @throws MillraceException {@code LOOKUP_FAILED}; then nothing is left of it
   */
  LookupData load(CompiledLookup lookup, BooleanSupplier stopped) {
    LookupDefinition definition = lookup.definition();
    LookupContent content = contents.of(definition);
    long started = System.nanoTime();
    String stamp = content.stamp();
    String id = content.id();
    StoreTable table = store.createTable("lookup/" + definition.name() + "/" + id);
    boolean loaded = false;
    try (LookupRows rows = content.rows();
        Filling filling = new Filling(lookup, table, rows, stopped)) {
      filling.run();
      // By its bytes: a file may be changed twice at one time, as its file system tells the time.
      if (!content.id().equals(id)) {
        throw failed(
            definition,
            "found that "
                + definition.path()
                + " was changed while it was read, expected it to be replaced in one step; write"
                + " another file and rename it, it is read again");
      }
      loaded = true;
      LOG.info(
          "lookup {}: loaded content {} of {}: {} rows, {} bytes in {} s",
          definition.name(),
          id,
          definition.path(),
          filling.count,
          filling.bytes,
          String.format("%.2f", (System.nanoTime() - started) / 1e9));
      return new LookupData(lookup, id, stamp, table, filling.count, filling.bytes, Instant.now());
    } finally {
      if (!loaded) {
        table.release();
      }
    }
  }

  private static MillraceException failed(LookupDefinition lookup, String problem) {
    return new MillraceException(
        ErrorCode.LOOKUP_FAILED, "cannot load lookup " + lookup.name() + ": " + problem);
  }

  /** Rows on their way into a table. */
  private final class Filling implements AutoCloseable {
    private final LookupDefinition definition;
    private final LookupEncoder encoder;
    private final StoreTable table;
    private final LookupRows rows;
    private final BooleanSupplier stopped;
    private final WriteBatch batch = new WriteBatch();

    /** What the table does not show yet: keys of the batch, and where their rows stand. */
    private final Map<ByteBuffer, Long> pending = new HashMap<>();

    private long batchBytes;
    private long count;
    private long bytes;

    Filling(CompiledLookup lookup, StoreTable table, LookupRows rows, BooleanSupplier stopped) {
      this.definition = lookup.definition();
      this.encoder = lookup.newEncoder();
      this.table = table;
      this.rows = rows;
      this.stopped = stopped;
    }

    void run() {
      while (rows.next()) {
        add();
        if (stopped.getAsBoolean()) {
          throw failed(definition, "found that nobody wants it any more");
        }
      }
      flush();
    }

    private void add() {
      LookupEncoder.Row row;
      try {
        row = encoder.encode(rows.values());
      } catch (BadValueException e) {
        throw failed(definition, place() + e.getMessage() + "; correct the file");
      }
      long same = standing(row.key());
      if (same > 0) {
        throw failed(
            definition,
            place()
                + "found "
                + encoder.describe(row.key())
                + " again, which "
                + rows.unit()
                + " "
                + same
                + " has, expected each key once; correct the file, or make the key of more columns");
      }
      byte[] value = LookupScan.value(rows.number(), row.row());
      count++;
      bytes += row.key().length + value.length;
      if (bytes > mostBytes) {
        throw failed(
            definition,
            place()
                + "found more than "
                + mostBytes
                + " bytes of keys and rows up to there, expected fewer; declare fewer columns, or"
                + " raise serving.lookup.bytes");
      }
      table.put(batch, row.key(), value);
      pending.put(ByteBuffer.wrap(row.key()), rows.number());
      batchBytes += row.key().length + value.length;
      if (batchBytes > BATCH_BYTES) {
        flush();
      }
    }

    /** Where the row of this key stands; 0 if there is none. */
    private long standing(byte[] key) {
      Long inBatch = pending.get(ByteBuffer.wrap(key));
      if (inBatch != null) {
        return inBatch;
      }
      byte[] value = table.get(key);
      return value == null ? 0 : LookupScan.number(value);
    }

    private void flush() {
      table.write(batch);
      batch.clear();
      pending.clear();
      batchBytes = 0;
    }

    private String place() {
      Path file = Path.of(definition.path()).getFileName();
      return file + ", " + rows.unit() + " " + rows.number() + ": ";
    }

    @Override
    public void close() {
      batch.close();
    }
  }
}
