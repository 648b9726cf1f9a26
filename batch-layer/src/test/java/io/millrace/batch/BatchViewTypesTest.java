package io.millrace.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.batch.table.BatchViewTypes;
import io.millrace.batch.table.LakeSchema;
import io.millrace.batch.table.StagedFiles;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.Lake;
import io.millrace.view.CompiledView;
import io.millrace.view.compile.ViewCompiler;
import io.millrace.view.spark.SparkViews;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Table;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A batch view's table holds columns, keys and states of every type that a view may have. */
final class BatchViewTypesTest {
  /** One expression over {@code s} STRING and {@code n} BIGINT for each type of Spark SQL. */
  private static final List<String> TYPES =
      List.of(
          "CAST(n AS TINYINT)",
          "CAST(n AS SMALLINT)",
          "CAST(n AS INT)",
          "n",
          "CAST(n AS FLOAT)",
          "CAST(n AS DOUBLE)",
          "CAST(n AS DECIMAL(5, 2))",
          "CAST(n AS DECIMAL(38, 10))",
          "s",
          "CAST(s AS CHAR(3))",
          "s COLLATE UNICODE_CI",
          "CAST(s AS BINARY)",
          "n > 1",
          "date_from_unix_date(CAST(n AS INT))",
          "timestamp_seconds(n)",
          "CAST(timestamp_seconds(n) AS TIMESTAMP_NTZ)",
          "CAST(n AS INTERVAL MONTH)",
          "CAST(n AS INTERVAL SECOND)",
          "make_interval(n)",
          "parse_json('{\"a\": 1}')",
          "NULL",
          "array()",
          "array(CAST(n AS TINYINT), NULL)",
          "map(CAST(n AS SMALLINT), parse_json(s))",
          "named_struct('a', n, 'b', array(named_struct('a', CAST(n AS INTERVAL SECOND))))");

  private static final String SCHEMA =
      "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"s\",\"type\":\"string\"},"
          + "{\"name\":\"n\",\"type\":\"long\"}]}";

  @TempDir Path folder;

  @Test
  void shouldStoreEveryTypeThatAViewMayHave() throws Exception {
    SourceDefinition source = Orders.source("orders.things", SCHEMA, List.of(SCHEMA));
    StringBuilder select = new StringBuilder("SELECT n, s");
    for (int i = 0; i < TYPES.size(); i++) {
      select.append(", max_by(%s, n) AS c%d".formatted(TYPES.get(i), i));
    }
    select.append(", n AS `a b.c`, `try_sum`(n) AS wide FROM orders GROUP BY n, s");
    CompiledView view =
        ViewCompiler.compile(
            new ViewDefinition(
                "types", "0000000000000001", select.toString(), source, "", Map.of()));
    MillraceConfig config =
        MillraceConfig.load(Optional.empty(), Map.of(), Map.of("data.dir", folder.toString()));
    try (SparkSession spark = BatchSession.open(config)) {
      Dataset<Row> rows =
          spark.createDataFrame(
              List.of(row("17", 3), row("18", 4)), SparkViews.sourceSchema(source));
      Dataset<Row> states = BatchViewTypes.storable(SparkViews.states(view, spark, rows));
      Table table =
          Lake.open(config, spark.sparkContext().hadoopConfiguration())
              .view(view.definition(), LakeSchema.of(states.schema()));

      StagedFiles staged = StagedFiles.write(table, states);

      assertThat(staged.rows()).isEqualTo(2);
      var append = table.newAppend();
      staged.files().forEach(append::appendFile);
      append.commit();
      Dataset<Row> stored = spark.table(Lake.sparkName(Lake.viewId(view.definition())));
      assertThat(stored.orderBy("n").first().<String>getAs("c19")).isEqualTo("{\"a\":1}");
    }
  }

  private static Row row(String text, long number) {
    return RowFactory.create(text, number, 0, number, java.time.Instant.EPOCH);
  }
}
