package io.millrace.batch.table;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.lake.Snapshots;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotAncestryValidator;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.util.SnapshotUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Iceberg commits whose outcome is told apart: made, refused, or unknown and then looked up. */
public final class Commits {
  private static final Logger LOG = LoggerFactory.getLogger(Commits.class);

  /** Snapshot property: names one attempt to commit, so that it can be found again. */
  private static final String COMMIT = "millrace.commit";

  /** What Iceberg tolerates. */
  private static final Duration TOLERATED = Duration.ofMinutes(1);

  private Commits() {}

  /** Demands that the table's position is still the one the writer began from. */
  public static SnapshotAncestryValidator unmoved(Optional<Position> position) {
    return new SnapshotAncestryValidator() {
      @Override
      public boolean validate(Iterable<Snapshot> ancestry) {
        return Snapshots.position(ancestry).equals(position);
      }

      @Override
      public String errorMessage() {
        return "another writer moved the position from " + position.map(Position::toString);
      }
    };
  }

  /**
   * Commits, and discards the staged files if it is known that the commit was not made.
   *
   * @return whether the commit was made; false if the update's validation refused it
   * @throws CommitFailedException if it was not made for another reason
   * @throws CommitStateUnknownException if it cannot be found out; the files stay
   * @throws MillraceException {@code CLOCK_BEHIND}, see {@link #checkClock}
   */
  public static boolean commit(
      SnapshotUpdate<?> update, Table table, Optional<StagedFiles> staged) {
    try {
      checkClock(table, Instant.now());
    } catch (MillraceException e) {
      staged.ifPresent(StagedFiles::discard);
      throw e;
    }
    String id = UUID.randomUUID().toString();
    update.set(COMMIT, id);
    try {
      update.commit();
      return true;
    } catch (ValidationException e) {
      LOG.info("{} not committed: {}", table.name(), e.getMessage());
      staged.ifPresent(StagedFiles::discard);
      return false;
    } catch (CommitFailedException e) {
      staged.ifPresent(StagedFiles::discard);
      throw e;
    } catch (CommitStateUnknownException e) {
      return find(table, id, e);
    }
  }

  /**
   * Demands that this machine's clock is not behind the table's newest snapshot, as Iceberg takes
   * none that is more than a minute older.
   *
   * @throws MillraceException {@code CLOCK_BEHIND}
   */
  public static void checkClock(Table table, Instant now) {
    Snapshot newest = table.currentSnapshot();
    if (newest == null || newest.timestampMillis() <= now.plus(TOLERATED).toEpochMilli()) {
      return;
    }
    Instant made = Instant.ofEpochMilli(newest.timestampMillis());
    throw new MillraceException(
        ErrorCode.CLOCK_BEHIND,
        "cannot commit to "
            + table.name()
            + ": found that its newest snapshot was made at "
            + made
            + " and that this machine's clock tells "
            + now.truncatedTo(ChronoUnit.SECONDS)
            + ", expected a clock that is not behind by more than a minute; set this clock right, or,"
            + " if the other one was wrong, wait until "
            + made.minus(TOLERATED)
            + ": then it goes on by itself");
  }

  private static boolean find(Table table, String id, CommitStateUnknownException unknown) {
    LOG.warn("looking for commit {} in {}", id, table.name(), unknown);
    try {
      table.refresh();
    } catch (RuntimeException e) {
      unknown.addSuppressed(e);
      throw unknown;
    }
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      if (snapshot.summary() != null && id.equals(snapshot.summary().get(COMMIT))) {
        return true;
      }
    }
    // Absent now is not absent for ever, so the files stay. Should the commit still arrive, the
    // validation of whoever commits next sees it.
    throw unknown;
  }
}
