package io.millrace.batch.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.nio.file.Path;
import java.time.Instant;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommitsTest {
  @TempDir Path dir;

  @Test
  void shouldSayThatTheClockIsBehindTheTable() {
    Table table =
        new HadoopTables(new Configuration())
            .create(
                new Schema(Types.NestedField.required(1, "n", Types.IntegerType.get())),
                dir.resolve("table").toUri().toString());
    assertThatCode(() -> Commits.checkClock(table, Instant.EPOCH)).doesNotThrowAnyException();
    table.newAppend().commit();
    Instant made = Instant.ofEpochMilli(table.currentSnapshot().timestampMillis());

    assertThatCode(() -> Commits.checkClock(table, made.minusSeconds(60)))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> Commits.checkClock(table, made.minusSeconds(3600)))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOCK_BEHIND))
        .hasMessageStartingWith("cannot commit to ")
        .hasMessageContaining(": found that its newest snapshot was made at " + made)
        .hasMessageEndingWith(
            "wait until " + made.minusSeconds(60) + ": then it goes on by itself");
  }
}
