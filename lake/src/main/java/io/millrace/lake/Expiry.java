package io.millrace.lake;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.ExpireSnapshots;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/**
 * Expires snapshots: those that are named, and no other. Stateless.
 *
 * <p>Iceberg expires by age besides, whatever is named: five days, or what the table or its branch
 * says. What somebody stands on may be the only snapshot of a table that nobody writes to.
 */
public final class Expiry {
  /** Older than this is nothing. */
  private static final long NEVER = 0;

  private Expiry() {}

  /**
   * Expires snapshots, and deletes the files that are theirs alone.
   *
   * @param ids those that a branch or a tag names stay all the same
   * @return how many were expired
   * @throws MillraceException {@code CONFIG_INVALID} if others would go with them
   */
  public static int expire(Table table, Collection<Long> ids) {
    Set<Long> meant = new HashSet<>(ids);
    table.refs().values().forEach(ref -> meant.remove(ref.snapshotId()));
    if (meant.isEmpty()) {
      return 0;
    }
    ExpireSnapshots expire = table.expireSnapshots().expireOlderThan(NEVER).cleanExpiredFiles(true);
    meant.forEach(expire::expireSnapshotId);
    List<Long> others =
        expire.apply().stream()
            .map(Snapshot::snapshotId)
            .filter(id -> !meant.contains(id))
            .toList();
    if (!others.isEmpty()) {
      throw new MillraceException(
          ErrorCode.CONFIG_INVALID,
          "cannot expire snapshots of "
              + table.name()
              + ": found that "
              + others
              + " would go with them by the retention of a branch, expected none but "
              + meant
              + "; give that branch a longer one (ManageSnapshots.setMaxSnapshotAgeMs)");
    }
    expire.commit();
    return meant.size();
  }
}
