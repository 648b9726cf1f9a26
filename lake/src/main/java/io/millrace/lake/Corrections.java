package io.millrace.lake;

import io.millrace.control.model.RunRecord;
import java.util.Objects;
import java.util.Optional;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.SnapshotUtil;

/** What the lake says of declared changes of history. Stateless. */
public final class Corrections {
  private Corrections() {}

  /**
   * Why the lake says that the later run's history is not the earlier run's continued: a delete or
   * an overwrite between the two snapshots the runs read, records given up for lost, or a rollback.
   * Compaction ({@code replace}) and other appends change no record that was there.
   *
   * @param table the source's lake table
   * @param earlier empty: a run over nothing, before the first snapshot
   * @return the correction, in words, or empty if there was none
   */
  public static Optional<String> between(
      Table table, Optional<RunRecord> earlier, RunRecord later) {
    Optional<Long> from = earlier.map(RunRecord::lakeSnapshotId);
    long to = later.lakeSnapshotId();
    if (from.filter(snapshot -> snapshot == to).isPresent()) {
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
      String lost = snapshot.summary().get(Snapshots.LOST);
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
}
