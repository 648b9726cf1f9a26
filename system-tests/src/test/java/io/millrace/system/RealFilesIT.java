package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The whole system on a year of a real shop and a quarter of card payments; with {@code
 * -Plong-tests} on half a year of them, and all of it twice over.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
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

  private static final boolean LONG = Boolean.getBoolean("millrace.tests.long");
  private static final RealFiles.Load LOAD = LONG ? RealFiles.Load.WHOLE : RealFiles.Load.SHORT;

  /** The least that shows something: how much is compared depends on the machine. */
  private static final int SAMPLES = LONG ? 200 : 80;

  private static final int SAMPLES_WITH_LIVE = LONG ? 100 : 30;

  private record Kill(long second, String mainClass) {}

  private RealFiles files;
  private RealFiles.Outcome outcome;

  @BeforeAll
  void start() throws Exception {
    files =
        new RealFiles(
            Path.of("target/real-files-" + Instant.now().toEpochMilli()).toAbsolutePath(), LOAD);
    files.apply();
  }

  @AfterAll
  void stop() {
    if (files != null) {
      files.close();
    }
  }

  /** In the middle of it all, each layer is killed once. */
  @Test
  @Order(1)
  void shouldAnswerExactlyWhileRunsComeAndGoAndEachLayerIsKilledOnce() throws Exception {
    Deque<Kill> kills =
        new ArrayDeque<>(
            List.of(
                new Kill(LONG ? 70 : 30, "io.millrace.speed.SpeedMain"),
                new Kill(LONG ? 100 : 50, "io.millrace.batch.BatchMain"),
                new Kill(LONG ? 130 : 70, "io.millrace.serving.ServingMain")));

    outcome =
        files.run(
            (second, installation) -> {
              if (!kills.isEmpty() && second >= kills.peek().second()) {
                ProcessHandle layer = installation.layer(kills.poll().mainClass());
                assertThat(layer.destroyForcibly()).isTrue();
              }
            });

    assertThat(kills).as("kills that were due and not done").isEmpty();
    assertThat(outcome.differences()).isEmpty();
    assertThat(outcome.finalDifferences()).isEmpty();
    assertThat(outcome.samples()).isGreaterThanOrEqualTo(SAMPLES);
    assertThat(outcome.withLive())
        .as("answers that used the seam")
        .isGreaterThan(SAMPLES_WITH_LIVE);
    assertThat(outcome.runs()).as("runs that these joined").isGreaterThanOrEqualTo(2);
    assertThat(outcome.retailLines()).isEqualTo(LOAD.times() * RealFiles.RETAIL_LINES);
    assertThat(outcome.payments()).isEqualTo(LOAD.times() * LOAD.payments());
  }

  /** A folder with a lookup table, which has metrics of its own. */
  private static Path lookup(Path directory) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("lookup"));
    Files.writeString(folder.resolve("countries.csv"), "country,name\nFrance,Frankreich\n");
    Files.writeString(
        folder.resolve("app.sql"),
        """
        CREATE TABLE countries (country STRING, name STRING) USING csv
        OPTIONS (path 'countries.csv', key 'country');
        """);
    return folder;
  }

  /** The dashboard, the alerts and the guide name what the layers expose, and the guide all. */
  @Test
  @Order(2)
  void shouldExposeEveryNameThatDashboardAlertsAndGuideHave() throws Exception {
    // The batch layer was killed on the way: what it says of its own runs is there with the first.
    Installation.Ran run = files.installation().run("recompute", "retail_by_month");
    assertThat(run.exit()).as(run.output()).isZero();
    Installation.Ran lookup =
        files
            .installation()
            .run("apply", lookup(Path.of("target/real-lookup").toAbsolutePath()).toString());
    assertThat(lookup.exit()).as(lookup.output()).isZero();
    Map<String, String> texts = new ExposedMetrics(files.installation()).texts();

    Set<String> exposed = new TreeSet<>();
    texts.values().forEach(text -> exposed.addAll(MetricNames.scraped(text)));
    assertThat(exposed).as("used").containsAll(MetricNames.used());
    Set<String> documented = MetricNames.documented();
    assertThat(MetricNames.families(exposed, documented))
        .as("in the guide")
        .containsAll(documented);
    assertThat(MetricNames.families(exposed, documented))
        .filteredOn(name -> name.startsWith("millrace_"))
        .as("exposed")
        .isSubsetOf(documented);
    texts.forEach(
        (layer, text) -> {
          assertThat(text).contains("process=\"" + layer + "\"");
          long series = text.lines().filter(line -> !line.startsWith("#")).count();
          System.out.printf("%s exposes %d series%n", layer, series);
          assertThat(series).as("series of %s", layer).isLessThan(2_000);
        });
    assertThat(sample(texts.get("speed"), "millrace_speed_records_total{source=\"retail\"}"))
        .as("counted since the speed layer was killed")
        .isBetween(1.0, (double) outcome.retailLines());
  }

  @Test
  @Order(3)
  void shouldEndWithWhatPlainSparkSqlFindsInTheFiles() throws Exception {
    files.close();
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
      List<CompletableFuture<Void>> sources =
          outcome.last().stream()
              .collect(Collectors.groupingBy(RealFilesIT::ofRetail))
              .values()
              .stream()
              .map(
                  views ->
                      CompletableFuture.runAsync(
                          () -> views.forEach(view -> equalsPlainSpark(spark, files, view))))
              .toList();
      sources.forEach(CompletableFuture::join);
      assertThat(sources).hasSize(2);
    }
  }

  private static boolean ofRetail(Answer answer) {
    return answer.view().startsWith("retail");
  }

  private static double sample(String text, String series) {
    return text.lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length())))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + series + " in\n" + text));
  }

  private static void equalsPlainSpark(SparkSession spark, RealFiles files, Answer answer) {
    boolean retail = ofRetail(answer);
    Path application =
        Installation.home().resolve("examples/real").resolve(retail ? "retail" : "payments");
    Path csv = retail ? files.retailFile() : files.paymentsFile();
    List<String> columns = EXACT_COLUMNS.get(answer.view());
    assertThat(FileQuery.rows(answer, columns))
        .as("%s, by plain Spark SQL over the file", answer.view())
        .isEqualTo(FileQuery.rows(spark, application, answer.view(), csv, LOAD.times(), columns));
  }
}
