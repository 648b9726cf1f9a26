package io.millrace.serving;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.util.SnapshotUtil;

/**
 * The lake, read without Spark: {@code docs/spec/batch-view.md} says what is in it.
 *
 * <p>Thread-safe.
 */
public final class Lake implements AutoCloseable {
  /** The snapshot property of records that were given up for lost. */
  private static final String LOST = "millrace.lost";

  private final Catalog catalog;

  private Lake(Catalog catalog) {
    this.catalog = catalog;
  }

  /** The catalog of the configuration's {@code lake.properties}. */
  static Lake open(MillraceConfig config) {
    Map<String, String> properties = config.lake().properties();
    return new Lake(CatalogUtil.buildIcebergCatalog("lake", properties, new Configuration()));
  }

  /**
   * The table of a batch view.
   *
   * @throws MillraceException {@code RUN_FAILED} if the table or the run's snapshot is not there
   */
  public Table batchView(RunRecord run) {
    Table table;
    try {
      table = catalog.loadTable(TableIdentifier.parse(run.table()));
    } catch (NoSuchTableException e) {
      throw unreadable(run, "no such table");
    }
    if (run.viewSnapshotId().map(table::snapshot).isEmpty()) {
      throw unreadable(run, "no snapshot " + run.viewSnapshotId().orElse(-1L) + " in it");
    }
    return table;
  }

  /**
   * Why the lake says that the later run's history is not the earlier run's continued: a delete or
   * an overwrite between the two snapshots the runs read, records given up for lost, or a rollback.
   * Compaction ({@code replace}) and other appends change no record that was there.
   *
   * @param earlier empty: a run over nothing, before the first snapshot
   * @return the correction, in words, or empty if there was none
   */
  public Optional<String> correctionBetween(
      ViewDefinition view, Optional<RunRecord> earlier, RunRecord later) {
    Optional<Long> from = earlier.map(RunRecord::lakeSnapshotId);
    long to = later.lakeSnapshotId();
    if (from.filter(snapshot -> snapshot == to).isPresent()) {
      return Optional.empty();
    }
    Table table;
    try {
      table = catalog.loadTable(TableIdentifier.of("sources", view.source().name()));
    } catch (NoSuchTableException e) {
      return Optional.empty();
    }
    for (Snapshot snapshot : SnapshotUtil.ancestorsOf(to, table::snapshot)) {
      if (from.filter(id -> id == snapshot.snapshotId()).isPresent()) {
        return Optional.empty();
      }
      String operation = snapshot.operation();
      if (Objects.equals(operation, DataOperations.DELETE)
          || Objects.equals(operation, DataOperations.OVERWRITE)) {
        return Optional.of(operation + " in lake snapshot " + snapshot.snapshotId());
      }
      String lost = snapshot.summary().get(LOST);
      if (lost != null) {
        return Optional.of(
            "records given up for lost (partition:from-to "
                + lost
                + ") in lake snapshot "
                + snapshot.snapshotId());
      }
    }
    return from.isEmpty() || table.snapshot(from.get()) == null
        ? Optional.empty()
        : Optional.of("lake rolled back behind snapshot " + from.get());
  }

  @Override
  public void close() {
    if (catalog instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (Exception e) {
        throw new IllegalStateException("cannot close the lake's catalog", e);
      }
    }
  }

  private static MillraceException unreadable(RunRecord run, String found) {
    return new MillraceException(
        ErrorCode.RUN_FAILED,
        "cannot load run "
            + run.runId()
            + " of view "
            + run.view()
            + ": found "
            + found
            + " ("
            + run.table()
            + "), expected the run's rows; check lake.properties, or run `millrace recompute "
            + run.view()
            + "`");
  }
}
