package io.millrace.batch.care;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlState;
import io.millrace.lake.Lake;
import io.millrace.lake.Snapshots;
import io.millrace.testkit.Eventually;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LakeCareTest {
  private static final Duration KEEP = Duration.ofMillis(200);

  @TempDir Path dir;

  /** It was the newest for long: whoever reads the lake may have begun with it a moment ago. */
  @Test
  void shouldKeepASnapshotForAsLongAfterItWasTheNewest() {
    MillraceConfig config =
        MillraceConfig.load(Optional.empty(), Map.of(), Map.of("data.dir", dir.toString()));
    try (Lake lake = Lake.open(config, new Configuration())) {
      Table table =
          lake.source(
              "orders",
              new Schema(
                  Types.NestedField.optional(1, Lake.PARTITION, Types.IntegerType.get()),
                  Types.NestedField.optional(2, Lake.OFFSET, Types.LongType.get())));
      Snapshot first = appended(table, "0:1");
      Instant idle = Instant.ofEpochMilli(first.timestampMillis()).plus(KEEP).plusMillis(1);
      Eventually.await("time to pass", Duration.ofSeconds(30), () -> Instant.now().isAfter(idle));
      Instant replaced = Instant.ofEpochMilli(appended(table, "0:2").timestampMillis());

      tend(table, replaced.plus(KEEP));
      assertThat(table.snapshots()).contains(first);

      tend(table, replaced.plus(KEEP).plusMillis(1));
      assertThat(table.snapshots()).doesNotContain(first).hasSize(1);
    }
  }

  private static Snapshot appended(Table table, String position) {
    table.newAppend().set(Snapshots.POSITION, position).commit();
    table.refresh();
    return table.currentSnapshot();
  }

  private static void tend(Table table, Instant now) {
    new LakeCare(null, Clock.fixed(now, ZoneOffset.UTC), 200, KEEP).tend(table, ControlState.EMPTY);
    table.refresh();
  }
}
