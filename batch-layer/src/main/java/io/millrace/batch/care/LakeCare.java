package io.millrace.batch.care;

import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.lake.Expiry;
import io.millrace.lake.Snapshots;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.HistoryEntry;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.actions.DeleteOrphanFiles;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.spark.actions.SparkActions;
import org.apache.iceberg.util.SnapshotUtil;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a lake table of many small appends quick to read: rewrites small files into large ones, and
 * expires snapshots that no run has pinned. Neither moves or loses the table's position.
 */
public final class LakeCare {
  private static final Logger LOG = LoggerFactory.getLogger(LakeCare.class);

  /** A smaller file is worth rewriting. */
  private static final long SMALL_BYTES = 32L << 20;

  public static final Duration ORPHAN_AGE = Duration.ofHours(24);
  private static final int SMALL_FILES = 200;
  private static final Duration KEEP_SNAPSHOTS = Duration.ofHours(1);

  /** So many changes of history stay until every view has had a run over them. */
  private static final int CHANGES = 100;

  private static final long TARGET_BYTES = 128L << 20;

  private final SparkSession spark;
  private final Clock clock;
  private final int smallFiles;
  private final Duration keep;

  public LakeCare(SparkSession spark, Clock clock) {
    this(spark, clock, SMALL_FILES, KEEP_SNAPSHOTS);
  }

  /**
   * @param smallFiles how many small files a table may have before they are rewritten
   * @param keep how long a snapshot that no run has pinned stays after it was the newest, for
   *     readers that began with it
   */
  public LakeCare(SparkSession spark, Clock clock, int smallFiles, Duration keep) {
    this.spark = spark;
    this.clock = clock;
    this.smallFiles = smallFiles;
    this.keep = keep;
  }

  public void tend(Table table, ControlState state) {
    if (table.currentSnapshot() == null) {
      return;
    }
    compact(table);
    expire(table, state);
  }

  /**
   * Deletes files of drivers that died before a commit, or could not learn its outcome: those that
   * no snapshot holds and that are older than {@link #ORPHAN_AGE}, which no commit under way is.
   */
  public void deleteOrphans(Table table) {
    DeleteOrphanFiles.Result deleted =
        SparkActions.get(spark)
            .deleteOrphanFiles(table)
            .olderThan(clock.millis() - ORPHAN_AGE.toMillis())
            .execute();
    for (String file : deleted.orphanFileLocations()) {
      LOG.info("deleted {}, which no snapshot holds", file);
    }
  }

  private void compact(Table table) {
    int small = 0;
    try (CloseableIterable<FileScanTask> files = table.newScan().planFiles()) {
      for (FileScanTask file : files) {
        if (file.file().fileSizeInBytes() < SMALL_BYTES) {
          small++;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list the files of " + table.name(), e);
    }
    if (small <= smallFiles) {
      return;
    }
    LOG.info("rewriting {} small files of {}", small, table.name());
    try {
      SparkActions.get(spark)
          .rewriteDataFiles(table)
          .option("target-file-size-bytes", Long.toString(TARGET_BYTES))
          .option("min-file-size-bytes", Long.toString(SMALL_BYTES))
          .option("max-file-size-bytes", Long.toString(2 * TARGET_BYTES))
          .option("min-input-files", "4")
          .execute();
    } catch (CommitFailedException | ValidationException e) {
      // Somebody deleted rows meanwhile. The files stay as they were; the next time will do.
      LOG.info("small files of {} not rewritten: {}", table.name(), e.getMessage());
    }
    table.refresh();
  }

  private void expire(Table table, ControlState state) {
    Set<Long> pinned =
        state.runs().values().stream()
            .map(RunRecord::lakeSnapshotId)
            .collect(Collectors.toCollection(HashSet::new));
    // From the current snapshot back to the newest that has the position, all stay.
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      pinned.add(snapshot.snapshotId());
      if (snapshot.summary().containsKey(Snapshots.POSITION)) {
        break;
      }
    }
    pinned.addAll(Snapshots.changes(table, CHANGES, pinned));
    long before = clock.millis() - keep.toMillis();
    Map<Long, Long> newestUntil = newestUntil(table);
    List<Long> old = new ArrayList<>();
    for (Snapshot snapshot : table.snapshots()) {
      long until = newestUntil.getOrDefault(snapshot.snapshotId(), snapshot.timestampMillis());
      if (until < before && !pinned.contains(snapshot.snapshotId())) {
        old.add(snapshot.snapshotId());
      }
    }
    int expired = Expiry.expire(table, old);
    if (expired > 0) {
      LOG.info("expired {} snapshots of {}", expired, table.name());
    }
  }

  /** Until when each snapshot was the table's newest, epoch ms, of those of which that is known. */
  private static Map<Long, Long> newestUntil(Table table) {
    Map<Long, Long> until = new HashMap<>();
    Long newest = null;
    for (HistoryEntry entry : table.history()) {
      if (newest != null) {
        until.put(newest, entry.timestampMillis());
      }
      newest = entry.snapshotId();
    }
    return until;
  }
}
