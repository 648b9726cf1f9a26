package io.millrace.testkit.laws;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The tables that the files of Spark's tests share. Each is read once, when a file first names it.
 */
final class GoldenTables {
  private static final Path DATA = Path.of("target", "golden", "test-data", "postgresql");
  private static final String TENK =
      "unique1 int, unique2 int, two int, four int, ten int, twenty int, hundred int,"
          + " thousand int, twothousand int, fivethous int, tenthous int, odd int, even int,"
          + " stringu1 string, stringu2 string, string4 string";
  private static final Set<String> NAMES = Set.of("onek", "tenk1", "aggtest", "testdata");
  private static final Map<String, Table> READ = new HashMap<>();

  private GoldenTables() {}

  private record Table(StructType type, List<Row> rows, GoldenRelation relation) {
    static Table of(Dataset<Row> data) {
      return new Table(data.schema(), data.collectAsList(), GoldenRelation.of(data));
    }
  }

  /** Names of the tables that a file needs. */
  static List<String> in(GoldenFile file) {
    return NAMES.stream()
        .filter(
            name ->
                file.entries().stream()
                    .anyMatch(entry -> entry.query().toLowerCase(Locale.ROOT).contains(name)))
        .toList();
  }

  /** Makes the table a temporary view of the session. */
  static void make(String name, SparkSession spark) {
    Table table = table(name);
    spark.createDataFrame(table.rows(), table.type()).createOrReplaceTempView(name);
  }

  static GoldenRelation relation(String name) {
    return table(name).relation();
  }

  private static Table table(String name) {
    return READ.computeIfAbsent(name, any -> LawSession.interpreted(() -> Table.of(data(name))));
  }

  private static Dataset<Row> data(String name) {
    return switch (name) {
      case "onek" -> file(TENK, "onek.data");
      case "tenk1" -> file(TENK, "tenk.data");
      case "aggtest" -> file("a int, b float", "agg.data");
      case "testdata" ->
          LawSession.spark()
              .sql("SELECT CAST(id AS INT) AS key, CAST(id AS STRING) AS value FROM range(1, 101)");
      default -> throw new IllegalArgumentException("no table " + name);
    };
  }

  private static Dataset<Row> file(String columns, String file) {
    return LawSession.spark()
        .read()
        .schema(StructType.fromDDL(columns))
        .option("delimiter", "\t")
        .csv(DATA.resolve(file).toString());
  }
}
