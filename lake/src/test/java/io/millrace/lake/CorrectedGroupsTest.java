package io.millrace.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorrectedGroupsTest {
  @TempDir Path dir;

  @Test
  void shouldReadWhatWasWrittenAndNoPartOfIt() throws Exception {
    Table view =
        new HadoopTables(new Configuration())
            .create(
                new Schema(Types.NestedField.optional(1, "a", Types.IntegerType.get())),
                PartitionSpec.unpartitioned(),
                dir.resolve("view").toString());
    Set<ByteBuffer> keys = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      keys.add(ByteBuffer.wrap(("group " + i * i * i * 7919L).getBytes()));
    }
    String location = CorrectedGroups.write(view, "run", keys);
    assertThat(CorrectedGroups.read(view, location)).isEqualTo(keys);

    Path file = Path.of(location.replaceFirst("^file:", ""));
    Files.deleteIfExists(file.resolveSibling(".run.keys.crc"));
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> CorrectedGroups.read(view, location))
          .as("%d bytes of %d", length, whole.length)
          .isInstanceOf(UncheckedIOException.class);
    }
  }
}
