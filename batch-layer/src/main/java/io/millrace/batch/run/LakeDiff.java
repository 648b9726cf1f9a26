package io.millrace.batch.run;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.to_json;

import io.millrace.batch.table.Offsets;
import io.millrace.control.model.Position;
import io.millrace.lake.Lake;
import io.millrace.lake.Snapshots;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.ScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.spark.ScanTaskSetManager;
import org.apache.iceberg.spark.SparkTableCache;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * What differs between two snapshots of a lake table, by content: only files that one of the two
 * lacks, or has with other deletes, are read. A record is known by its partition and offset; what
 * lies at or past the position of the older snapshot was only archived later, and is no change.
 */
final class LakeDiff implements AutoCloseable {
  /** Column of a record that one snapshot has and the other has not, or has otherwise. */
  private static final String SIDE = "_side";

  private final SparkSession spark;
  private final Table table;
  private final StructType schema;

  private final List<Dataset<Row>> held = new ArrayList<>();

  LakeDiff(SparkSession spark, Table table, StructType schema) {
    this.spark = spark;
    this.table = table;
    this.schema = schema;
  }

  /**
   * Rows of records that were changed: as they were and as they are.
   *
   * @param touched rows of records that are gone or have other values
   * @param added rows of records in files of the newer snapshot alone; the older one may have them
   *     in files that both have
   * @param doubled rows of records that are in these files twice
   */
  record Changed(Dataset<Row> touched, Dataset<Row> added, Dataset<Row> doubled) {}

  /** The rows that differ between two snapshots; empty if no file does. */
  Optional<Changed> between(long older, long newer) {
    List<FileScanTask> before = tasks(older);
    List<FileScanTask> after = tasks(newer);
    Map<String, Integer> balance = new HashMap<>();
    after.forEach(task -> balance.merge(key(task), 1, Integer::sum));
    List<FileScanTask> gone = new ArrayList<>();
    for (FileScanTask task : before) {
      if (balance.merge(key(task), -1, Integer::sum) < 0) {
        gone.add(task);
      }
    }
    List<FileScanTask> come = new ArrayList<>();
    for (FileScanTask task : after) {
      if (balance.merge(key(task), -1, Integer::sum) >= 0) {
        come.add(task);
      }
    }
    if (gone.isEmpty() && come.isEmpty()) {
      return Optional.empty();
    }
    Position end = Snapshots.position(table, older).orElse(Position.empty());
    Dataset<Row> old = rows(gone).withColumn(SIDE, lit(0));
    Dataset<Row> now = rows(come).where(Offsets.below(end)).withColumn(SIDE, lit(1));
    Dataset<Row> both = old.unionByName(now);
    Column[] values =
        Arrays.stream(schema.fieldNames())
            .map(name -> col("`" + name + "`"))
            .toArray(Column[]::new);
    Column text = to_json(struct(values));
    Dataset<Row> records =
        both.withColumn("_text", text)
            .groupBy(col(Lake.PARTITION).as("_p"), col(Lake.OFFSET).as("_o"))
            .agg(
                sum(lit(1).minus(col(SIDE))).as("_old"),
                sum(col(SIDE)).as("_new"),
                min("_text").as("_least"),
                max("_text").as("_most"))
            .where(col("_old").notEqual(col("_new")).or(col("_least").notEqual(col("_most"))));
    return Optional.of(
        new Changed(
            of(both, records.where(col("_new").leq(col("_old")))),
            of(both, records.where(col("_old").equalTo(0).and(col("_new").equalTo(1)))),
            of(both, records.where(col("_new").gt(1).and(col("_new").gt(col("_old")))))));
  }

  private Dataset<Row> of(Dataset<Row> rows, Dataset<Row> records) {
    return rows.join(
            records,
            col(Lake.PARTITION).equalTo(col("_p")).and(col(Lake.OFFSET).equalTo(col("_o"))),
            "left_semi")
        .drop(SIDE);
  }

  private List<FileScanTask> tasks(long snapshot) {
    try (CloseableIterable<FileScanTask> files =
        table.newScan().useSnapshot(snapshot).planFiles()) {
      List<FileScanTask> tasks = new ArrayList<>();
      files.forEach(tasks::add);
      return tasks;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list the files of " + table.name(), e);
    }
  }

  /** A file with its deletes: equal keys hold equal rows. */
  private static String key(FileScanTask task) {
    return task.file().location()
        + task.deletes().stream()
            .map(delete -> delete.location() + "@" + delete.contentOffset())
            .sorted()
            .collect(Collectors.joining(",", "[", "]"));
  }

  /** The rows of some files of any snapshot, read as Iceberg's compaction reads its own. */
  private Dataset<Row> rows(List<FileScanTask> tasks) {
    if (tasks.isEmpty()) {
      return spark.createDataFrame(List.<Row>of(), schema);
    }
    String set = UUID.randomUUID().toString();
    SparkTableCache.get().add(set, table);
    ScanTaskSetManager.get().stageTasks(table, set, List.<ScanTask>copyOf(tasks));
    try {
      Column[] columns =
          Arrays.stream(schema.fieldNames())
              .map(name -> col("`" + name + "`"))
              .toArray(Column[]::new);
      Dataset<Row> rows =
          spark.read().format("iceberg").option("scan-task-set-id", set).load(set).select(columns);
      // The set is needed no longer than until its rows are somewhere.
      Dataset<Row> kept = rows.persist(StorageLevel.DISK_ONLY());
      held.add(kept);
      kept.count();
      return kept;
    } finally {
      ScanTaskSetManager.get().removeTasks(table, set);
      SparkTableCache.get().remove(set);
    }
  }

  /** Lets go of the rows that {@link #between} gave. */
  @Override
  public void close() {
    held.forEach(Dataset::unpersist);
    held.clear();
  }
}
