package io.millrace.system.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.lake.Snapshots;
import io.millrace.testkit.Eventually;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/** Files of the lake that are there twice, cut off, or gone. */
final class LakeFaults {
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private LakeFaults() {}

  /** A file is appended a second time, by somebody else; and taken out again. */
  static Fault doubledFile() {
    return new Doubled("double a lake file", false);
  }

  /**
   * As {@link #doubledFile}, while no replica runs: they find two runs over it, and more, that none
   * of them has seen, each equal to the one before.
   */
  static Fault doubledFileWhileNobodyLooks() {
    return new Doubled("double a lake file while nobody looks", true);
  }

  private static final class Doubled extends Fault {
    private final boolean unseen;
    private String copy;
    private Instant struck;

    Doubled(String name, boolean unseen) {
      super(name);
      this.unseen = unseen;
    }

    @Override
    void strike(Scene scene) throws Exception {
      if (unseen) {
        Member.REPLICAS.forEach(scene.system()::kill);
      }
      Table table = scene.system().lake(Shop.SALES);
      assertThat(rows(table)).as("rows before").isEqualTo(records(table));
      DataFile file = any(scene, table);
      Path from = path(file);
      Path to = from.resolveSibling("again-" + from.getFileName());
      Files.copy(from, to);
      copy = to.toUri().toString();
      struck = Instant.now();
      DataFile again = DataFiles.builder(table.spec()).copy(file).withPath(copy).build();
      table.newAppend().appendFile(again).commit();
      table.refresh();
      assertThat(rows(table)).as("plainly counted").isEqualTo(records(table) + again.recordCount());
    }

    @Override
    void lasts(Scene scene) {
      if (unseen) {
        Eventually.await(
            "two runs of each view that no replica sees",
            PATIENCE,
            () -> Shop.SALES.views.stream().allMatch(view -> completed(scene, view) >= 2));
        Member.REPLICAS.forEach(scene.system()::start);
      }
      for (String view : Shop.SALES.views) {
        Eventually.await(
            "a run of " + view + " to be refused",
            PATIENCE,
            () -> {
              ControlState state = scene.system().control().state();
              return state.refusals().values().stream()
                  .anyMatch(r -> r.view().equals(view) && r.refusedAt().isAfter(struck));
            });
      }
    }

    @Override
    void heal(Scene scene) {
      scene.system().lake(Shop.SALES).newDelete().deleteFile(copy).commit();
    }

    private long completed(Scene scene, String view) {
      return scene.system().control().state().runs().values().stream()
          .filter(run -> run.view().equals(view) && run.startedAt().isAfter(struck))
          .filter(run -> run.status() == RunRecord.Status.COMPLETED)
          .count();
    }

    @Override
    Set<ErrorCode> refusals() {
      return unseen ? Set.of(ErrorCode.VIEW_NOT_READY, ErrorCode.VIEW_UNKNOWN) : Set.of();
    }

    @Override
    Set<Member> silent() {
      return unseen ? Set.copyOf(Member.REPLICAS) : Set.of();
    }

    @Override
    boolean untilRun() {
      return true;
    }
  }

  /** A file is cut to its half; and is whole again. */
  static Fault truncatedFile() {
    return new Broken("truncate a lake file") {
      @Override
      void hurt(Path file) throws IOException {
        try (FileChannel open = FileChannel.open(file, StandardOpenOption.WRITE)) {
          open.truncate(open.size() / 2);
        }
      }
    };
  }

  /** A file is gone; and is there again. */
  static Fault deletedFile() {
    return new Broken("delete a lake file") {
      @Override
      void hurt(Path file) throws IOException {
        Files.delete(file);
      }
    };
  }

  /** A file that no run can read until it is as it was. */
  abstract static class Broken extends Fault {
    private Path file;
    private Path kept;
    private Instant struck;

    Broken(String name) {
      super(name);
    }

    abstract void hurt(Path file) throws IOException;

    @Override
    void strike(Scene scene) throws Exception {
      file = path(any(scene, scene.system().lake(Shop.SALES)));
      kept = Files.createTempFile("chaos", ".parquet");
      Files.copy(file, kept, StandardCopyOption.REPLACE_EXISTING);
      struck = Instant.now();
      hurt(file);
    }

    @Override
    void lasts(Scene scene) {
      for (String view : Shop.SALES.views) {
        Eventually.await(
            "a run of " + view + " to fail, and to say why",
            PATIENCE,
            () ->
                scene.system().control().state().runs().values().stream()
                    .anyMatch(
                        run ->
                            run.view().equals(view)
                                && run.status() == RunRecord.Status.FAILED
                                && run.startedAt().isAfter(struck)
                                && run.error().isPresent()));
      }
    }

    @Override
    void heal(Scene scene) throws Exception {
      Files.move(kept, file, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    boolean untilRun() {
      return true;
    }
  }

  /** How many rows the table has, whatever they are. */
  private static long rows(Table table) throws IOException {
    return files(table).stream().mapToLong(DataFile::recordCount).sum();
  }

  /** How many records lie below its position. */
  private static long records(Table table) {
    return Snapshots.position(table).orElseThrow().total();
  }

  private static DataFile any(Scene scene, Table table) throws IOException {
    List<DataFile> files = files(table);
    return files.get(scene.random().nextInt(files.size()));
  }

  private static List<DataFile> files(Table table) throws IOException {
    List<DataFile> files = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      tasks.forEach(task -> files.add(task.file().copy()));
    }
    files.sort(Comparator.comparing(DataFile::location));
    return files;
  }

  /** Where it lies on this machine. */
  static Path path(DataFile file) {
    String location = file.location();
    return Path.of(location.startsWith("file:") ? location.substring("file:".length()) : location);
  }
}
