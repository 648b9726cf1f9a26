package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** The whole system on a year of a real shop and half a year of card payments. */
class RealFilesIT {
  private static final Map<String, List<String>> EXACT_COLUMNS =
      Map.of(
          "retail_by_month",
          List.of(
              "country",
              "month",
              "lines",
              "quantity",
              "revenue",
              "cancellations",
              "lines_with_customer",
              "customers",
              "highest_price"),
          "retail_by_item",
          List.of("stock_code", "lines", "quantity", "revenue", "first_sold", "last_sold"),
          "frauds_by_hour",
          List.of("window", "payments", "amount", "largest", "frauds", "suspicious"),
          "terminals_by_month",
          List.of("terminal_id", "month", "payments", "amount", "frauds", "lost", "customers"));

  @Test
  void shouldAnswerExactlyAtEveryPositionWhileRunsComeAndGo() throws Exception {
    Path directory = Path.of("target/real-files-" + Instant.now().toEpochMilli()).toAbsolutePath();
    RealFiles.Outcome outcome;
    try (RealFiles files = new RealFiles(directory)) {
      files.apply();
      outcome = files.run(4_000, 13_000, (second, installation) -> {});
    }
    assertThat(outcome.differences()).isEmpty();
    assertThat(outcome.finalDifferences()).isEmpty();
    assertThat(outcome.samples()).isGreaterThanOrEqualTo(200);
    assertThat(outcome.withLive()).as("answers that used the seam").isGreaterThan(100);
    assertThat(outcome.retailLines()).isEqualTo(2 * 541_909);
    assertThat(outcome.payments()).isEqualTo(2 * 1_754_155);
    for (Answer answer : outcome.last()) {
      equalsPlainSpark(answer);
    }
  }

  private static void equalsPlainSpark(Answer answer) throws Exception {
    boolean retail = answer.view().startsWith("retail");
    Path application =
        Installation.home().resolve("examples/real").resolve(retail ? "retail" : "payments");
    Path csv = RealData.file(retail ? "online_retail.csv.gz" : "card_transactions.csv.gz");
    List<String> columns = EXACT_COLUMNS.get(answer.view());
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.ansi.enabled", "false")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()) {
      assertThat(FileQuery.rows(answer, columns))
          .as("%s, by plain Spark SQL over the file", answer.view())
          .isEqualTo(FileQuery.rows(spark, application, answer.view(), csv, 2, columns));
    }
  }
}
