package io.millrace.system.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.model.RunRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.TypeUtil;

/** Batch views that were changed while nobody looked. */
final class ViewFaults {
  private static final int LONGEST_PAD = 1 << 20;

  private ViewFaults() {}

  /**
   * With both replicas away, the newest run of a view gets the state of one group where that of
   * another was; nothing but the numbers is wrong. The replicas then start with it.
   */
  static Fault editedState(String view) {
    return new Fault("edit a state of a run of " + view) {
      @Override
      void strike(Scene scene) throws Exception {
        Member.REPLICAS.forEach(scene.system()::kill);
        scene.system().kill(Member.BATCH);
        RunRecord run = newest(scene, view);
        Table table = scene.system().batchView(run);
        DataFile file = files(table, run.viewSnapshotId().orElseThrow()).get(0);
        edit(table, file);
      }

      @Override
      void lasts(Scene scene) {
        Member.REPLICAS.forEach(scene.system()::start);
        scene.pass(20, 25);
      }

      @Override
      void heal(Scene scene) {
        scene.system().start(Member.BATCH);
      }

      @Override
      Set<ErrorCode> refusals() {
        return Set.of(ErrorCode.VIEW_NOT_READY, ErrorCode.VIEW_UNKNOWN);
      }

      @Override
      Set<Member> silent() {
        return Set.copyOf(Member.REPLICAS);
      }

      @Override
      boolean untilRun() {
        return true;
      }
    };
  }

  private static RunRecord newest(Scene scene, String view) {
    String id = scene.system().control().state().current(view).orElseThrow().id();
    List<RunRecord> sound = scene.system().control().state().sound(id);
    return sound.get(sound.size() - 1);
  }

  private static List<DataFile> files(Table table, long snapshot) throws IOException {
    List<DataFile> files = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks =
        table.newScan().useSnapshot(snapshot).planFiles()) {
      tasks.forEach(task -> files.add(task.file().copy()));
    }
    return files;
  }

  /** Gives the first row the state of the last; the file keeps its name and its length. */
  static void edit(Table table, DataFile file) throws IOException {
    Path path = LakeFaults.path(file);
    List<Record> rows = rows(table, path);
    Object first = rows.get(0).getField("_state");
    Object last = rows.get(rows.size() - 1).getField("_state");
    assertThat(last).as("states to exchange").isNotEqualTo(first);
    rows.get(0).setField("_state", last);

    Path edited = Files.createTempFile("chaos", ".parquet");
    // As its length stands in the manifest, the file is filled up by a property of its footer.
    int pad = 0;
    for (long length = 0; length != Files.size(path); ) {
      assertThat(pad).as("fill-up of %s", path).isBetween(0, LONGEST_PAD);
      write(table, rows, edited, pad);
      length = Files.size(edited);
      pad += (int) (Files.size(path) - length);
    }
    Files.move(edited, path, StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(path.resolveSibling("." + path.getFileName() + ".crc"));
    assertThat(rows(table, path).get(0).getField("_state")).isEqualTo(last);
  }

  private static List<Record> rows(Table table, Path path) throws IOException {
    Schema schema = table.schema();
    List<Record> rows = new ArrayList<>();
    try (CloseableIterable<Record> read =
        Parquet.read(table.io().newInputFile(path.toUri().toString()))
            .project(schema)
            .createReaderFunc(type -> GenericParquetReaders.buildReader(schema, type))
            .build()) {
      read.forEach(row -> rows.add(copy(row)));
    }
    return rows;
  }

  private static Record copy(Record row) {
    Record copy = row.copy();
    for (String binary : List.of("_key", "_state")) {
      ByteBuffer bytes = ((ByteBuffer) row.getField(binary)).duplicate();
      byte[] own = new byte[bytes.remaining()];
      bytes.get(own);
      copy.setField(binary, ByteBuffer.wrap(own));
    }
    return copy;
  }

  private static void write(Table table, List<Record> rows, Path to, int pad) throws IOException {
    Files.deleteIfExists(to);
    Files.deleteIfExists(to.resolveSibling("." + to.getFileName() + ".crc"));
    Map<String, String> small = new HashMap<>();
    small.put("write.parquet.compression-codec", "zstd");
    small.put("write.parquet.compression-level", "19");
    // Smaller than it was, so that it can be filled up.
    TypeUtil.indexNameById(table.schema().asStruct())
        .values()
        .forEach(name -> small.put("write.parquet.stats-enabled.column." + name, "false"));
    try (FileAppender<Record> writer =
        Parquet.write(table.io().newOutputFile(to.toUri().toString()))
            .schema(table.schema())
            .setAll(small)
            .createWriterFunc(type -> GenericParquetWriter.create(table.schema(), type))
            .meta("pad", "x".repeat(pad))
            .overwrite()
            .build()) {
      writer.addAll(rows);
    }
  }
}
