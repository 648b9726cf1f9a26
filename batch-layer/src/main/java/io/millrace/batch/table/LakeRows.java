package io.millrace.batch.table;

import static org.apache.spark.sql.functions.col;

import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.lake.Lake;
import io.millrace.view.spark.SparkViews;
import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Rows of a source's lake table in Spark. Stateless. */
public final class LakeRows {
  private LakeRows() {}

  /** The source's rows below the position, as of one snapshot of its lake table. */
  public static Dataset<Row> below(
      SparkSession spark, SourceDefinition source, long snapshot, Position position) {
    Column[] columns =
        Arrays.stream(SparkViews.sourceSchema(source).fieldNames())
            .map(name -> col("`" + name + "`"))
            .toArray(Column[]::new);
    return spark
        .read()
        .option("versionAsOf", snapshot)
        .table(Lake.sparkName(Lake.sourceId(source.lakeTable())))
        .where(Offsets.below(position))
        .select(columns);
  }
}
