package io.millrace.lake;

import io.millrace.control.model.Position;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.SnapshotUtil;

/** What snapshot summaries say of a table. Stateless. */
public final class Snapshots {
  /** Snapshot property of lake and rejected tables: the exclusive end of what they hold. */
  public static final String POSITION = "millrace.position";

  /** Snapshot property: records given up for lost, {@code partition:from-to}, ends exclusive. */
  public static final String LOST = "millrace.lost";

  /**
   * Snapshot property beside {@link #POSITION} and a run's boundary: Kafka's id of the topic whose
   * offsets they are.
   */
  public static final String TOPIC_ID = "millrace.topic-id";

  /** Snapshot property beside {@link #TOPIC_ID}: all that was ever {@link #LOST} below. */
  public static final String ALL_LOST = "millrace.all-lost";

  private Snapshots() {}

  /**
   * A property of the snapshot that made the table's position what it is.
   *
   * @param ancestry snapshots, newest first
   */
  public static Optional<String> besidePosition(Iterable<Snapshot> ancestry, String property) {
    return newest(ancestry, POSITION).map(snapshot -> snapshot.summary().get(property));
  }

  /**
   * The position of the table: that of the newest ancestor of the current snapshot that has one.
   * Deletes and compactions add snapshots that have none; they do not move the position.
   *
   * @return empty if nothing was ever archived
   */
  public static Optional<Position> position(Table table) {
    return position(SnapshotUtil.currentAncestors(table));
  }

  /** As {@link #position(Table)}, as of one snapshot. */
  public static Optional<Position> position(Table table, long snapshotId) {
    return position(SnapshotUtil.ancestorsOf(snapshotId, table::snapshot));
  }

  /**
   * @param ancestry snapshots, newest first
   */
  public static Optional<Position> position(Iterable<Snapshot> ancestry) {
    return newest(ancestry, POSITION).map(s -> Position.parse(s.summary().get(POSITION)));
  }

  /** The first snapshot of {@code ancestry} that has the property. */
  public static Optional<Snapshot> newest(Iterable<Snapshot> ancestry, String property) {
    for (Snapshot snapshot : ancestry) {
      if (snapshot.summary() != null && snapshot.summary().containsKey(property)) {
        return Optional.of(snapshot);
      }
    }
    return Optional.empty();
  }

  /**
   * Whether a snapshot changes records that were there, or adds some that were not archived.
   * Archives and compactions do not.
   */
  public static boolean changes(Snapshot snapshot) {
    String operation = snapshot.operation();
    return DataOperations.DELETE.equals(operation)
        || DataOperations.OVERWRITE.equals(operation)
        || (DataOperations.APPEND.equals(operation) && !snapshot.summary().containsKey(POSITION));
  }

  /**
   * The newest snapshots that change records, with those before them, which say what they were; as
   * far back as the oldest of some snapshots.
   *
   * @param most how many changes at most
   * @param since ids; of those that are no more, nothing is known
   */
  public static Set<Long> changes(Table table, int most, Set<Long> since) {
    long oldest =
        since.stream()
            .map(table::snapshot)
            .filter(Objects::nonNull)
            .mapToLong(Snapshot::sequenceNumber)
            .min()
            .orElse(Long.MAX_VALUE);
    Set<Long> kept = new HashSet<>();
    int found = 0;
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      if (found == most || snapshot.sequenceNumber() <= oldest) {
        break;
      }
      if (changes(snapshot) && snapshot.parentId() != null) {
        kept.add(snapshot.snapshotId());
        kept.add(snapshot.parentId());
        found++;
      }
    }
    return kept;
  }

  /** Rows of the table as of its current snapshot. */
  public static long rows(Table table) {
    Snapshot current = table.currentSnapshot();
    return current == null
        ? 0
        : Long.parseLong(current.summary().getOrDefault("total-records", "0"));
  }
}
