package io.millrace.batch.table;

import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableUtil;
import org.apache.iceberg.spark.FileRewriteCoordinator;
import org.apache.iceberg.spark.SparkTableCache;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Data files that Spark has written for a table and that no snapshot holds yet.
 *
 * <p>Spark's own table writes commit as they end, and retry a conflicting append on top of whatever
 * was committed in between: two drivers that archive the same offsets would both succeed. So the
 * files are written as Iceberg's compaction writes its own, without a commit, and the caller
 * commits them with a check of the snapshots it commits on top of.
 */
public record StagedFiles(Table table, Set<DataFile> files) {
  private static final Logger LOG = LoggerFactory.getLogger(StagedFiles.class);

  public StagedFiles {
    files = Set.copyOf(files);
  }

  /**
   * Runs the Spark job.
   *
   * @param rows with the table's columns; a task's rows must be clustered by the table's
   *     partitioning
   */
  public static StagedFiles write(Table table, Dataset<Row> rows) {
    Dataset<Row> complete = rows;
    if (TableUtil.supportsRowLineage(table)) {
      // A staged write takes the lineage columns too; NULL has Iceberg assign them.
      complete =
          rows.withColumn("_row_id", functions.lit(null).cast("bigint"))
              .withColumn("_last_updated_sequence_number", functions.lit(null).cast("bigint"));
    }
    String group = UUID.randomUUID().toString();
    FileRewriteCoordinator coordinator = FileRewriteCoordinator.get();
    SparkTableCache.get().add(group, table);
    try {
      complete
          .write()
          .format("iceberg")
          .option("distribution-mode", "none")
          .option("use-table-distribution-and-ordering", "false")
          .mode("append")
          .save(group);
      @SuppressWarnings("unchecked")
      Set<DataFile> written = coordinator.fetchNewFiles(table, group);
      return new StagedFiles(table, written);
    } finally {
      SparkTableCache.get().remove(group);
      coordinator.clearRewrite(table, group);
    }
  }

  public long rows() {
    return files.stream().mapToLong(DataFile::recordCount).sum();
  }

  /** Deletes the files. Only for when it is known that no snapshot holds them. */
  public void discard() {
    for (DataFile file : files) {
      try {
        table.io().deleteFile(file.location());
      } catch (RuntimeException e) {
        // An orphan wastes space and nothing else; the reason the commit failed matters more.
        LOG.warn("cannot delete {}: an orphan file remains", file.location(), e);
      }
    }
  }
}
