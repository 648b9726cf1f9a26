package io.millrace.system;

import io.millrace.control.model.ViewDefinition;
import io.millrace.view.app.ApplicationFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A view of {@code examples/real} by plain Spark SQL over the CSV file: nothing of Millrace runs.
 */
final class FileQuery {
  private static final Map<String, String> COLUMNS =
      Map.of(
          "retail",
          """
          InvoiceNo AS invoice, startswith(InvoiceNo, 'C') AS cancelled, StockCode AS stock_code,
          Description AS description, CAST(Quantity AS INT) AS quantity,
          CAST(UnitPrice AS DECIMAL(12,3)) AS unit_price,
          CAST(CAST(Quantity AS DECIMAL(10,0)) * CAST(UnitPrice AS DECIMAL(12,3)) AS DECIMAL(14,3))
            AS amount,
          CAST(CAST(CustomerID AS DOUBLE) AS BIGINT) AS customer_id,
          nullif(Country, 'Unspecified') AS country, CAST(InvoiceDate AS TIMESTAMP) AS invoiced_at""",
          "card_payments",
          """
          CAST(TRANSACTION_ID AS BIGINT) AS payment_id, CAST(CUSTOMER_ID AS BIGINT) AS customer_id,
          CAST(TERMINAL_ID AS INT) AS terminal_id,
          CAST(round(CAST(TX_AMOUNT AS DECIMAL(30,18)), 2) AS DECIMAL(12,2)) AS amount,
          TX_FRAUD = '1' AS fraud, CAST(TX_DATETIME AS TIMESTAMP) AS paid_at""");

  private FileQuery() {}

  /**
   * The rows of a view over a file counted {@code times} times, each as the canonical texts of the
   * columns the caller names. The file is read once a session. Thread-safe for views of different
   * sources: a file is one task, so that two of them are read beside each other.
   */
  static TreeSet<String> rows(
      SparkSession spark,
      Path application,
      String view,
      Path csv,
      int times,
      List<String> columns) {
    ViewDefinition definition =
        ApplicationFolder.load(application, Map.of()).views().stream()
            .filter(v -> v.name().equals(view))
            .findFirst()
            .orElseThrow();
    String source = definition.source().name();
    if (!spark.catalog().tableExists(source)) {
      spark
          .read()
          .option("header", "true")
          .csv(csv.toString())
          .createOrReplaceTempView(source + "_file");
      spark
          .sql(
              "SELECT "
                  + COLUMNS.get(source)
                  + " FROM "
                  + source
                  + "_file LATERAL VIEW explode(sequence(1, "
                  + times
                  + ")) AS copy")
          .createOrReplaceTempView(source);
      spark.catalog().cacheTable(source);
    }
    TreeSet<String> rows = new TreeSet<>();
    for (Row row : spark.sql(definition.sql()).collectAsList()) {
      rows.add(
          columns.stream().map(c -> Canonical.of(row.get(row.fieldIndex(c)))).toList().toString());
    }
    return rows;
  }

  /** The same text form of an answer's rows. */
  static TreeSet<String> rows(Answer answer, List<String> columns) {
    TreeSet<String> rows = new TreeSet<>();
    answer
        .rows()
        .forEach(
            row ->
                rows.add(columns.stream().map(c -> Canonical.of(row.get(c))).toList().toString()));
    return rows;
  }
}
