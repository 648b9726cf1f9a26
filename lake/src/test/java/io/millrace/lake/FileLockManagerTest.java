package io.millrace.lake;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.hadoop.HadoopCatalog;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLockManagerTest {
  private static final String TABLE = "/lake/views/v/metadata/v7.metadata.json";

  @TempDir Path dir;

  @Test
  void shouldHoldATableForOneOwner() {
    FileLockManager one = manager();
    FileLockManager two = manager();
    assertThat(one.acquire(TABLE, "a")).isTrue();
    assertThat(two.acquire(TABLE, "b")).isFalse();
    assertThat(two.acquire("/lake/views/w/metadata/v7.metadata.json", "b")).isTrue();
    assertThat(one.release(TABLE, "b")).isFalse();
    assertThat(one.release(TABLE, "a")).isTrue();
    assertThat(two.acquire(TABLE, "b")).isTrue();
    assertThat(two.release(TABLE, "b")).isTrue();
    assertThat(one.acquire(TABLE, "a")).isTrue();
    assertThat(one.release(TABLE, "a")).isTrue();
  }

  @Test
  void shouldHoldItAgainstOtherProcessesThoughAnotherThreadOfItsOwnWasRefused() throws Exception {
    FileLockManager one = manager();
    assertThat(one.acquire(TABLE, "a")).isTrue();
    assertThat(manager().acquire(TABLE, "b")).isFalse();
    assertThat(elsewhere()).isEqualTo("refused");
    assertThat(one.release(TABLE, "a")).isTrue();
    assertThat(elsewhere()).isEqualTo("held");
  }

  @Test
  void shouldLeaveALockToItsHolderWhenItIsClosed() throws Exception {
    FileLockManager one = manager();
    assertThat(one.acquire(TABLE, "a")).isTrue();
    one.close();
    assertThat(manager().acquire(TABLE, "b")).isFalse();
    assertThat(elsewhere()).isEqualTo("refused");
    assertThat(one.release(TABLE, "a")).isTrue();
    assertThat(elsewhere()).isEqualTo("held");
  }

  /** What another process says that tries to take the lock. */
  private String elsewhere() throws Exception {
    Process other = holder();
    try (BufferedReader said = new BufferedReader(new InputStreamReader(other.getInputStream()))) {
      return said.readLine();
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  private Process holder() throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Holder.class.getName(),
            dir.toString(),
            TABLE)
        .start();
  }

  @Test
  void shouldHoldItAgainstOtherProcessesUntilTheyEnd() throws Exception {
    Process other = holder();
    try (BufferedReader said = new BufferedReader(new InputStreamReader(other.getInputStream()))) {
      assertThat(said.readLine()).isEqualTo("held");
      assertThat(manager().acquire(TABLE, "a")).isFalse();
    } finally {
      other.destroyForcibly().waitFor();
    }
    FileLockManager mine = manager();
    assertThat(mine.acquire(TABLE, "a")).isTrue();
    assertThat(mine.release(TABLE, "a")).isTrue();
  }

  @Test
  void shouldBeWhatTheCatalogAsks() {
    Map<String, String> properties =
        Lake.catalogProperties(
            MillraceConfig.load(Optional.empty(), Map.of(), Map.of("data.dir", dir.toString())));
    assertThat(properties).containsEntry("lock-impl", FileLockManager.class.getName());
    HadoopCatalog catalog = new HadoopCatalog();
    catalog.setConf(new Configuration());
    catalog.initialize("lake", properties);
    Schema schema = new Schema(Types.NestedField.optional(1, "a", Types.IntegerType.get()));
    Table table =
        catalog.createTable(TableIdentifier.of("n", "t"), schema, PartitionSpec.unpartitioned());
    table.updateProperties().set("k", "v").commit();
    assertThat(Path.of(properties.get(FileLockManager.DIRECTORY)).toFile().list()).hasSize(1);
  }

  private FileLockManager manager() {
    FileLockManager manager = new FileLockManager();
    manager.initialize(Map.of(FileLockManager.DIRECTORY, dir.toString()));
    return manager;
  }

  /** Main class of a process that takes a lock and keeps it. */
  static final class Holder {
    public static void main(String[] args) throws Exception {
      FileLockManager manager = new FileLockManager();
      manager.initialize(Map.of(FileLockManager.DIRECTORY, args[0]));
      System.out.println(manager.acquire(args[1], "other") ? "held" : "refused");
      System.out.flush();
      System.in.read();
    }
  }
}
