package io.millrace.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpiryTest {
  @TempDir private Path dir;

  private Table table;

  /** Four snapshots, all of them too old by the table's own policy. */
  @BeforeEach
  void makeTable() {
    Schema schema = new Schema(Types.NestedField.optional(1, "id", Types.LongType.get()));
    table = new HadoopTables(new Configuration()).create(schema, dir.resolve("t").toString());
    table.updateProperties().set("history.expire.max-snapshot-age-ms", "1").commit();
    for (int i = 0; i < 4; i++) {
      table.newAppend().set(Snapshots.POSITION, "0:" + i).commit();
    }
    awaitNextMillisecond();
  }

  @Test
  void shouldExpireWhatIsNamedAndNothingElse() {
    List<Long> before = ids();

    assertThat(Expiry.expire(table, before.subList(0, 1))).isEqualTo(1);

    assertThat(ids()).isEqualTo(before.subList(1, 4));
  }

  /** The fault: Iceberg's own expiry takes whatever is old along. */
  @Test
  void shouldLoseTheOthersWithoutTheGuard() {
    List<Long> before = ids();

    table.expireSnapshots().expireSnapshotId(before.get(0)).commit();

    assertThat(ids()).isEqualTo(before.subList(3, 4));
  }

  @Test
  void shouldKeepWhatATagOrTheBranchNames() {
    List<Long> before = ids();
    table.manageSnapshots().createTag("mine", before.get(1)).commit();

    assertThat(Expiry.expire(table, before)).isEqualTo(2);

    assertThat(ids()).containsExactly(before.get(1), before.get(3));
    assertThat(Expiry.expire(table, before.subList(3, 4))).isZero();
  }

  @Test
  void shouldExpireNothingWhereABranchWouldTakeOthersAlong() {
    List<Long> before = ids();
    table.manageSnapshots().setMaxSnapshotAgeMs("main", 1).commit();

    assertThatThrownBy(() -> Expiry.expire(table, before.subList(0, 1)))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining(
            "would go with them by the retention of a branch, expected none but ["
                + before.get(0)
                + "]; give that branch a longer one");
    assertThat(ids()).isEqualTo(before);
  }

  private List<Long> ids() {
    table.refresh();
    return StreamSupport.stream(table.snapshots().spliterator(), false)
        .map(Snapshot::snapshotId)
        .toList();
  }

  private void awaitNextMillisecond() {
    long made = table.currentSnapshot().timestampMillis();
    while (System.currentTimeMillis() <= made + 1) {
      Thread.onSpinWait();
    }
  }
}
