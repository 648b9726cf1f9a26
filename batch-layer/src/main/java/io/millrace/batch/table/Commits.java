package io.millrace.batch.table;

import io.millrace.control.model.Position;
import io.millrace.lake.Snapshots;
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
   */
  public static boolean commit(
      SnapshotUpdate<?> update, Table table, Optional<StagedFiles> staged) {
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
