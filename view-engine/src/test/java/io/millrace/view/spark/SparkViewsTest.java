package io.millrace.view.spark;

import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.CompiledView;
import io.millrace.view.GroupState;
import io.millrace.view.compile.ViewCompiler;
import java.sql.Timestamp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The shape of a batch view. That its values are right is what the law tests show. */
final class SparkViewsTest {
  private static final String SCHEMA =
      """
      {"type": "record", "name": "Sale", "fields": [
        {"name": "shop", "type": ["null", "string"], "default": null},
        {"name": "pieces", "type": "int"}]}
      """;

  private static final SourceDefinition SOURCE =
      new SourceDefinition(
          "sales",
          "0000000000000000",
          "sales",
          ValueFormat.SINGLE_OBJECT,
          SCHEMA,
          List.of(SCHEMA),
          Optional.empty(),
          Map.of());

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    SparkSession.Builder builder =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2");
    SparkViews.sessionSettings().forEach(builder::config);
    spark = builder.getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void shouldGiveValuesThenKeysThenStatesThenBytes() {
    Dataset<Row> batch =
        SparkViews.states(
            view(
                "SELECT shop, sum(pieces) / count(*) AS per, approx_top_k(pieces) AS top"
                    + " FROM sales GROUP BY shop"),
            spark,
            rows());
    assertThat(batch.schema().toDDL())
        .isEqualTo(
            "shop STRING,per DOUBLE,top ARRAY<STRUCT<item: INT, count: BIGINT NOT NULL>>,"
                + "_key_1 STRING,_state_1 STRUCT<sum: BIGINT> NOT NULL,"
                + "_state_2 STRUCT<count: BIGINT NOT NULL> NOT NULL,"
                + "_state_3 STRUCT<buf: BINARY> NOT NULL,"
                + "_state_4 STRUCT<count: BIGINT NOT NULL> NOT NULL,_visible BOOLEAN NOT NULL,"
                + "_key BINARY NOT NULL,_state BINARY NOT NULL");
  }

  @Test
  void shouldShowAGroupThatHavingDropsAsNull() {
    List<Row> batch =
        SparkViews.states(
                view("SELECT shop, sum(pieces) AS n FROM sales GROUP BY shop HAVING n > 4"),
                spark,
                rows())
            .orderBy("_key_1")
            .collectAsList();
    assertThat(batch)
        .extracting(row -> List.of(row.getBoolean(4), row.isNullAt(0), row.isNullAt(1)))
        .containsExactly(
            List.of(false, true, true), List.of(true, false, false), List.of(false, true, true));
    assertThat(batch).extracting(row -> row.getStruct(3).getLong(0)).containsExactly(4L, 5L, 1L);
  }

  @Test
  void shouldEncodeStatesAsAProgramDoes() {
    CompiledView view = view("SELECT sum(pieces) AS n, count(shop) AS shops FROM sales");
    Row batch = SparkViews.states(view, spark, rows()).collectAsList().get(0);
    assertThat(batch.<byte[]>getAs(SparkViews.KEY)).isEmpty();
    assertThat(view.newProgram().evaluate(new byte[0], state(view, batch)))
        .contains(List.of(10L, 3L));
    assertThat(view.newProgram().encodeState(state(view, batch)))
        .isEqualTo(batch.<byte[]>getAs(SparkViews.STATE));
  }

  @Test
  void shouldFindColumnsByNameAndIgnoreOthers() {
    Dataset<Row> shuffled =
        rows()
            .selectExpr(
                "'x' AS more",
                "kafka_timestamp",
                "PIECES",
                "kafka_offset",
                "shop",
                "kafka_partition");
    CompiledView view = view("SELECT sum(pieces) AS n FROM sales");
    assertThat(SparkViews.states(view, spark, shuffled).first().getLong(0)).isEqualTo(10);
    assertThat(SparkViews.plain(view, spark, shuffled).first().getLong(0)).isEqualTo(10);
  }

  @Test
  void shouldRefuseRowsOfAnotherType() {
    CompiledView view = view("SELECT sum(pieces) AS n FROM sales");
    assertThatThrownBy(
            () -> SparkViews.states(view, spark, rows().withColumn("pieces", lit("two"))))
        .hasMessage("cannot aggregate rows: found pieces STRING, expected column pieces INT");
    assertThatThrownBy(() -> SparkViews.states(view, spark, rows().drop("pieces")))
        .hasMessage("cannot aggregate rows: found no such column, expected column pieces INT");
  }

  @Test
  void shouldLeaveTheSessionsOwnNamesAlone() {
    spark.range(7).createOrReplaceTempView("sales");
    CompiledView view = view("SELECT count(*) AS n FROM sales");
    assertThat(SparkViews.plain(view, spark, rows()).first().getLong(0)).isEqualTo(4);
    assertThat(SparkViews.states(view, spark, rows()).first().getLong(0)).isEqualTo(4);
    assertThat(spark.table("sales").count()).isEqualTo(7);
  }

  private static GroupState state(CompiledView view, Row batch) {
    return view.newProgram().decodeState(batch.getAs(SparkViews.STATE));
  }

  private static CompiledView view(String select) {
    return ViewCompiler.compile(
        new ViewDefinition("v", "0000000000000000", select, SOURCE, "", Map.of()));
  }

  private static Dataset<Row> rows() {
    Timestamp now = Timestamp.valueOf("2026-01-01 00:00:00");
    return spark.createDataFrame(
        List.of(
            RowFactory.create("a", 2, 0, 0L, now),
            RowFactory.create("a", 3, 1, 0L, now),
            RowFactory.create("b", 1, 0, 1L, now),
            RowFactory.create(null, 4, 0, 2L, now)),
        SparkViews.sourceSchema(SOURCE));
  }
}
