package io.millrace.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.batch.archive.Archive;
import io.millrace.batch.archive.ArchiveIT;
import io.millrace.batch.care.LakeCare;
import io.millrace.batch.care.Retention;
import io.millrace.batch.report.BatchStatus;
import io.millrace.batch.run.Recompute;
import io.millrace.batch.table.Probe;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.control.process.Metrics;
import io.millrace.lake.Lake;
import io.millrace.lake.Snapshots;
import io.millrace.testkit.Eventually;
import io.millrace.view.compile.ViewCompiler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchDriverIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final String NEVER = "0 0 0 1 1 ? 2099";

  @TempDir static Path dir;

  private static Installation at;
  private static ControlLog control;
  private static int tests;

  private final Metrics metrics = Metrics.of("batch");
  private String topic;
  private SourceDefinition source;
  private ViewDefinition view;

  @BeforeAll
  static void start() {
    at = new Installation(dir);
    control = ControlLog.open(at.config);
  }

  @AfterAll
  static void stop() {
    control.close();
    at.close();
  }

  @BeforeEach
  void makeTopic() {
    // The views of the test before are none of this one's.
    Set.copyOf(control.state().views().keySet()).forEach(control::retireView);
    topic = "driven-" + ++tests;
    at.broker.createTopic(topic, 1);
    source = Orders.source(topic);
    view = scheduled(1, NEVER);
    at.spark.sql("DROP TABLE IF EXISTS lake.sources.orders PURGE");
    at.sendOrders(topic, 0, 0, 30);
  }

  @Test
  void shouldRunANewViewAtOnceAndThenOnRequest() {
    try (BatchDriver driver = driver(Clock.systemUTC())) {
      driver.start();
      control.publish(source);
      control.publish(view);
      RunRecord first = completed(1).get(0);
      assertThat(first.trigger()).isEqualTo("first");
      assertThat(first.boundary()).isEqualTo(Position.parse("0:31"));

      at.sendOrders(topic, 0, 30, 40);
      control.requestRun("by_category");
      RunRecord second = completed(2).get(1);

      assertThat(second.trigger()).isEqualTo("request");
      assertThat(at.batchView(view)).isEqualTo(Orders.expected(LongStream.range(0, 40)));
      Eventually.await(
          "the status",
          PATIENCE,
          () ->
              second.runId().equals(driver.details().get("view.by_category.run"))
                  && "40".equals(driver.details().get("source.orders.archived"))
                  && "0:42".equals(driver.details().get("source.orders.position")));
      Eventually.await(
          "the lag of the archive",
          PATIENCE,
          () ->
              metrics
                  .scrape()
                  .contains("millrace_batch_archive_lag_records{source=\"orders\"} 0.0"));
      assertThat(metrics.scrape())
          .contains(
              run("count", "completed", "first") + " 1\n",
              run("count", "completed", "request") + " 1\n",
              "millrace_batch_last_run_rows{view=\"by_category\"} " + second.rows() + ".0\n",
              "millrace_batch_last_run_timestamp_seconds{view=\"by_category\"} 1.",
              "millrace_batch_run_overdue_seconds{view=\"by_category\"} 0.0\n",
              "millrace_batch_runs_active 0.0\n",
              "millrace_batch_archived_records{source=\"orders\"} 40.0\n",
              "millrace_batch_rejected_records{source=\"orders\"} 0.0\n",
              "millrace_batch_error{kind=\"view\",name=\"by_category\"} 0.0\n");
    }
  }

  @Test
  void shouldTakeUpANewViewThoughRunsNeverPause() {
    // Requests are left over, which the driver of another test would take.
    view =
        new ViewDefinition(
            "asked_for", view.version(), view.sql(), view.source(), "", view.properties());
    control.publish(source);
    control.publish(view);
    try (BatchDriver driver = driver(Clock.systemUTC())) {
      driver.start();
      completed(1);
      ViewDefinition second =
          new ViewDefinition(
              "second", view.version(), view.sql(), view.source(), "", view.properties());
      control.publish(second);
      Eventually.await(
          "a run of the second view while the first is asked for without end",
          PATIENCE,
          () -> {
            control.requestRun(view.name());
            return !control.state().runs(second.id(), Status.COMPLETED).isEmpty();
          });
    }
  }

  @Test
  void shouldStopThoughTheJobOfARunIsStillToBeSubmitted() {
    // Half a second per record: were its job not cancelled, the run would outlast the patience.
    view = slow();
    at.sendOrders(topic, 0, 30, 100);
    control.publish(source);
    control.publish(view);
    BatchDriver driver = driver(Clock.systemUTC());
    driver.start();
    Eventually.await(
        "the run to be announced, which it is before it reads",
        PATIENCE,
        () -> !control.state().runs(view.id(), Status.STARTED).isEmpty());

    driver.close();

    assertThat(driver.dead()).as("the worker has ended").isPresent();
    assertThat(control.state().runs(view.id(), Status.COMPLETED)).isEmpty();
  }

  /** One of its own for each test: a version is the hash of what the view says. */
  private ViewDefinition slow() {
    String sql =
        "SELECT category, sum(aggregate(sequence(1, 4000), cents, (a, x) -> a + aggregate("
            + "sequence(1, 1000), x + a, (b, y) -> b + y * a))) AS sums FROM orders"
            + " WHERE coalesce(category, '') <> 'none of test "
            + tests
            + "' GROUP BY category";
    return new ViewDefinition(
        "slow", ViewCompiler.version("slow", sql, source), sql, source, "", view.properties());
  }

  @Test
  void shouldRunOnSchedule() {
    view = scheduled(1, "0/2 * * * * ?");
    control.publish(source);
    control.publish(view);
    try (BatchDriver driver = driver(Clock.systemUTC())) {
      driver.start();
      assertThat(completed(3).get(2).trigger()).isEqualTo("schedule");
    }
  }

  @Test
  void shouldCatchUpWithAFireTimeThatPassedWhileItWasDown() {
    view = scheduled(1, "0 0 6 * * ?");
    control.publish(source);
    control.publish(view);
    try (BatchDriver driver =
        driver(Clock.fixed(Instant.parse("2026-05-01T12:00:00Z"), ZoneOffset.UTC))) {
      driver.start();
      assertThat(completed(1).get(0).trigger()).isEqualTo("first");
    }
    try (BatchDriver sameDay =
        driver(Clock.fixed(Instant.parse("2026-05-02T05:59:00Z"), ZoneOffset.UTC))) {
      sameDay.start();
      control.requestRun("by_category");
      assertThat(completed(2).get(1).trigger()).isEqualTo("request");
    }
    try (BatchDriver nextDay =
        driver(Clock.fixed(Instant.parse("2026-05-03T06:00:01Z"), ZoneOffset.UTC))) {
      nextDay.start();
      assertThat(completed(3).get(2).trigger()).isEqualTo("misfire");
    }
  }

  @Test
  void shouldTakeARequestThatWasMadeWhileItWasDownOnce() {
    control.publish(source);
    control.publish(view);
    try (BatchDriver driver = driver(Clock.systemUTC())) {
      driver.start();
      completed(1);
    }
    at.sendOrders(topic, 0, 30, 40);
    control.requestRun("by_category");
    try (BatchDriver next = driver(Clock.systemUTC())) {
      next.start();
      assertThat(completed(2).get(1).trigger()).isEqualTo("request");
    }
    ViewDefinition other = Orders.view("after_it", view.sql(), source);
    try (BatchDriver last = driver(Clock.systemUTC())) {
      last.start();
      control.publish(other);
      // Taken after what requests made before it would have had run.
      control.requestRun("after_it");
      Eventually.await(
          "its run", PATIENCE, () -> !control.state().runs(other.id(), Status.COMPLETED).isEmpty());
      assertThat(control.state().runs(view.id(), Status.COMPLETED)).hasSize(2);
    }
  }

  @Test
  void shouldRunAgainUntilARunReachesTheBirthOfTheLiveState() {
    at.broker.createTopic(at.config.topics().speed(view), 1, Map.of("cleanup.policy", "compact"));
    control.publish(source);
    control.publish(view);
    try (BatchDriver driver = driver(Clock.systemUTC())) {
      driver.start();
      assertThat(completed(1).get(0).boundary()).isEqualTo(Position.parse("0:31"));
      // Live state begins past that run, in the middle of the topic.
      at.sendOrders(topic, 0, 30, 40);
      at.flush(view, 0, 36, List.of(36L), 42);

      RunRecord second = completed(2).get(1);

      assertThat(second.trigger()).isEqualTo("first");
      assertThat(second.boundary()).isEqualTo(Position.parse("0:36"));
    }
  }

  @Test
  void shouldGoOnAfterASourceFailsAndSayWhy() {
    control.publish(source);
    control.publish(view);
    SourceDefinition missing = Orders.source("not-there");
    try (BatchDriver driver = driver(Clock.systemUTC())) {
      driver.start();
      completed(1);
      control.publish(missing);
      control.requestRun("by_category");
      Eventually.await(
          "the error",
          PATIENCE,
          () ->
              driver
                  .details()
                  .getOrDefault("error.source.orders", "")
                  .startsWith("TOPIC_MISSING: cannot read topic not-there: found no such topic"));
      assertThat(driver.problems()).anyMatch(text -> text.startsWith("TOPIC_MISSING"));
      Eventually.await(
          "a run that could not begin, for whoever asked",
          PATIENCE,
          () -> !control.state().runs(view.id(), Status.FAILED).isEmpty());
      RunRecord unbegun = control.state().runs(view.id(), Status.FAILED).get(0);
      assertThat(unbegun.trigger()).isEqualTo("request");
      assertThat(unbegun.error().orElseThrow()).startsWith("cannot read topic not-there");
      String error = "millrace_batch_error{kind=\"source\",name=\"orders\"} 1.0\n";
      assertThat(metrics.scrape()).contains(error);
      control.publish(source);
      control.requestRun("by_category");
      completed(2);
      // Archiving goes on beside runs: what it was at when the source came back ends first.
      Eventually.await(
          "the error to be gone",
          PATIENCE,
          () -> !driver.details().containsKey("error.source.orders"));
      assertThat(metrics.scrape()).doesNotContain(error);
    }
  }

  /** Spark throws the failures of its jobs as checked exceptions, which Scala does not declare. */
  @Test
  void shouldGoOnOnceTheLakeCanBeWrittenAgain() throws Exception {
    view = scheduled(1, "0/5 * * * * ?");
    control.publish(source);
    control.publish(view);
    try (BatchDriver driver = driver(Clock.systemUTC())) {
      driver.start();
      completed(1);
      Path lake = Path.of(at.lake.load(Lake.sourceId("orders")).orElseThrow().location());
      Files.move(lake.resolve("data"), lake.resolve("aside"));
      Files.createFile(lake.resolve("data"));
      at.sendOrders(topic, 0, 30, 40);
      control.requestRun("by_category");

      Eventually.await(
          "the error", PATIENCE, () -> driver.details().containsKey("error.source.orders"));
      assertThat(driver.details().get("error.source.orders")).hasLineCount(1);
      Eventually.await(
          "a run that could not begin, for whoever asked",
          PATIENCE,
          () -> !control.state().runs(view.id(), Status.FAILED).isEmpty());
      assertThat(driver.dead()).isEmpty();

      Files.delete(lake.resolve("data"));
      Files.move(lake.resolve("aside"), lake.resolve("data"));
      Eventually.await(
          "a run over all records",
          PATIENCE,
          () -> at.batchView(view).equals(Orders.expected(LongStream.range(0, 40))));
      Eventually.await("no error left", PATIENCE, () -> driver.problems().isEmpty());
      assertThat(driver.dead()).isEmpty();
      assertThat(at.lakeIds()).isEqualTo(LongStream.range(0, 40).boxed().toList());
    }
  }

  @Test
  void shouldArchiveWhileARunTakesItsTime() {
    view = slow();
    at.sendOrders(topic, 0, 30, 100);
    control.publish(source);
    control.publish(view);
    Path file = dir.resolve("archive.yaml");
    at.config.write(file);
    MillraceConfig config =
        MillraceConfig.load(Optional.of(file), Map.of(), Map.of("batch.archive.interval", "1s"));
    try (BatchDriver driver =
        new BatchDriver(config, at.spark, control, Clock.systemUTC(), metrics)) {
      driver.start();
      Eventually.await(
          "the run to be under way",
          PATIENCE,
          () -> !control.state().runs(view.id(), Status.STARTED).isEmpty());
      at.sendOrders(topic, 0, 100, 110);

      Eventually.await(
          "the archive of what came meanwhile",
          PATIENCE,
          () -> "110".equals(driver.details().get("source.orders.archived")));
      assertThat(control.state().runs(view.id(), Status.STARTED)).hasSize(1);
    }
    assertThat(at.lakeIds()).isEqualTo(LongStream.range(0, 110).boxed().toList());
  }

  @Test
  void shouldKeepAViewOnTheDefaultWhileItsScheduleIsNone() {
    view = scheduled(1, "every now and then");
    control.publish(source);
    control.publish(view);
    try (BatchDriver driver = driver(Clock.systemUTC())) {
      driver.start();
      completed(1);
      assertThat(driver.details().get("error.schedule.by_category"))
          .startsWith("CONFIG_INVALID: cannot use schedule 'every now and then': found ")
          .endsWith("; until then it runs at " + at.config.batch().schedule());
    }
  }

  @Test
  void shouldRetireAVersionWhenItsSuccessorIsReadyAndClearItAway() throws Exception {
    control.publish(source);
    control.publish(view);
    ViewDefinition successor = scheduled(2, NEVER);
    for (ViewDefinition version : List.of(view, successor)) {
      at.broker.createTopic(
          at.config.topics().speed(version), 1, Map.of("cleanup.policy", "compact"));
      at.flush(version, 0, 0, List.of(0L, 20L), 31);
    }
    Recompute recompute =
        new Recompute(at.config, at.spark, at.lake, control, Clock.systemUTC(), Probe.NONE);
    at.archive(Probe.NONE).run(source);
    RunRecord old = recompute.run(view, "submit", new BatchStatus());
    control.publish(successor);
    recompute.run(successor, "submit", new BatchStatus());
    Clock later = Clock.offset(Clock.systemUTC(), Retention.GRACE.plusSeconds(1));
    Retention early = new Retention(at.config, at.lake, control, Clock.systemUTC());
    Retention retention = new Retention(at.config, at.lake, control, later);

    early.sweep(Set.of(successor.id()));
    retention.sweep(Set.of());
    assertThat(control.state().views()).containsKey(view.id());

    says("quick", successor, "ready");
    says("slow", view, "ready");
    retention.sweep(Set.of(successor.id()));
    assertThat(control.state().views()).as("a replica is loading").containsKey(view.id());
    says("slow", successor, "its first run to be loaded");
    retention.sweep(Set.of(successor.id()));
    assertThat(control.state().views()).as("it has lost both").containsKey(view.id());
    says("slow", successor, "ready");

    retention.sweep(Set.of(successor.id()));
    assertThat(control.state().views()).doesNotContainKey(view.id()).containsKey(successor.id());
    assertThat(control.state().runs()).doesNotContainKey(old.runId());
    List.of("quick", "slow").forEach(instance -> control.withdraw("serving", instance));
    retention.sweep(Set.of(successor.id()));
    retention.sweep(Set.of(successor.id()));

    assertThat(at.lake.load(Lake.viewId(view))).isEmpty();
    assertThat(at.lake.load(Lake.viewId(successor))).isPresent();
    try (Admin admin = at.broker.admin()) {
      Eventually.await(
          "the topic to be gone",
          PATIENCE,
          () -> !admin.listTopics().names().get().contains(at.config.topics().speed(view)));
      assertThat(admin.listTopics().names().get())
          .contains(at.config.topics().speed(successor), topic);
    }
  }

  @Test
  void shouldKeepHouseInAJobOfAllViewsToo() throws Exception {
    control.publish(source);
    control.publish(view);
    String dead = at.config.topics().speed(view);
    at.broker.createTopic(dead, 1, Map.of("cleanup.policy", "compact"));
    Path file = dir.resolve("job.yaml");
    at.config.write(file);
    MillraceConfig config =
        MillraceConfig.load(Optional.of(file), Map.of(), Map.of("batch.keep.runs", "2"));
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    assertThat(job(config, said).run(List.of("by_category"))).isZero();
    control.publish(scheduled(2, NEVER));
    control.retireView(view.id());
    control.catchUp(PATIENCE);

    assertThat(job(config, said).run(List.of("by_category"))).isZero();
    assertThat(at.lake.load(Lake.viewId(view))).as("a job of one view").isPresent();
    for (int i = 0; i < 3; i++) {
      assertThat(job(config, said).run(List.of())).isZero();
    }

    assertThat(said.toString()).doesNotContain("did not");
    assertThat(at.lake.load(Lake.viewId(view))).as("a job of all views").isEmpty();
    try (Admin admin = at.broker.admin()) {
      Eventually.await(
          "the topic to be gone", PATIENCE, () -> !admin.listTopics().names().get().contains(dead));
    }
    // The two newest, and the first, for nobody has compared any with live state yet.
    assertThat(control.catchUp(PATIENCE).runs(scheduled(2, NEVER).id(), RunRecord.Status.COMPLETED))
        .hasSize(3);
  }

  private static RecomputeJob job(MillraceConfig config, ByteArrayOutputStream said) {
    return new RecomputeJob(
        config,
        at.spark,
        control,
        at.lake,
        new BatchStatus(),
        new PrintStream(said, true, StandardCharsets.UTF_8));
  }

  @Test
  void shouldCompactAndExpireWithoutLosingThePositionOrAPinnedSnapshot() {
    control.publish(source);
    control.publish(view);
    Archive small = new Archive(at.config, at.spark, at.lake, Probe.NONE, 4);
    small.run(source);
    RunRecord run =
        new Recompute(at.config, at.spark, at.lake, control, Clock.systemUTC(), Probe.NONE)
            .run(view, "submit", new BatchStatus());
    at.sendOrders(topic, 0, 30, 40);
    small.run(source);
    var table = at.lake.load(Lake.sourceId("orders")).orElseThrow();
    // Iceberg's own policy must expire nothing beside.
    table.updateProperties().set("history.expire.max-snapshot-age-ms", "1").commit();
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofHours(2));
    LakeCare care = new LakeCare(at.spark, later, 3, Duration.ofHours(1));

    care.tend(table, control.state());

    table.refresh();
    assertThat(table.currentSnapshot().operation()).isEqualTo("replace");
    assertThat(Snapshots.position(table)).contains(Position.parse("0:42"));
    assertThat(table.snapshot(run.lakeSnapshotId())).isNotNull();
    assertThat(table.snapshots()).hasSizeLessThanOrEqualTo(3);
    assertThat(at.lakeIds()).isEqualTo(LongStream.range(0, 40).boxed().toList());
    care.tend(table, control.state());
    assertThat(Snapshots.position(table)).contains(Position.parse("0:42"));
    at.sendOrders(topic, 0, 40, 45);
    assertThat(at.archive(Probe.NONE).run(source).rows()).isEqualTo(45);
  }

  @Test
  void shouldDeleteOldFilesThatNoSnapshotHolds() {
    at.archive(Probe.NONE).run(source);
    at.sendOrders(topic, 0, 30, 40);
    assertThatThrownBy(() -> at.archive(ArchiveIT.dyingAt(Probe.Moment.LAKE_STAGED)).run(source))
        .isInstanceOf(ArchiveIT.Died.class);
    var table = at.lake.load(Lake.sourceId("orders")).orElseThrow();
    Path data = Path.of(table.location(), "data");
    int before = files(data);

    new LakeCare(at.spark, Clock.systemUTC(), 100, Duration.ofHours(1)).deleteOrphans(table);
    assertThat(files(data)).isEqualTo(before);
    Clock later = Clock.offset(Clock.systemUTC(), LakeCare.ORPHAN_AGE.plusMinutes(1));
    new LakeCare(at.spark, later, 100, Duration.ofHours(1)).deleteOrphans(table);

    assertThat(files(data)).isLessThan(before);
    assertThat(at.lakeIds()).isEqualTo(LongStream.range(0, 30).boxed().toList());
    assertThat(at.archive(Probe.NONE).run(source).rows()).isEqualTo(40);
  }

  private static int files(Path directory) {
    try (var files = Files.walk(directory)) {
      return (int) files.filter(file -> file.toString().endsWith(".parquet")).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String run(String part, String outcome, String trigger) {
    return "millrace_batch_run_seconds_"
        + part
        + "{outcome=\""
        + outcome
        + "\",trigger=\""
        + trigger
        + "\",view=\"by_category\"}";
  }

  private BatchDriver driver(Clock clock) {
    return new BatchDriver(at.config, at.spark, control, clock, metrics);
  }

  private List<RunRecord> completed(int count) {
    Eventually.await(
        count + " completed runs",
        PATIENCE,
        () -> control.state().runs(view.id(), Status.COMPLETED).size() >= count);
    return control.state().runs(view.id(), Status.COMPLETED);
  }

  /** What a serving replica says of the view it answers, by a clock that is an hour behind. */
  private static void says(String instance, ViewDefinition answers, String state) {
    Map<String, String> details =
        Map.of(
            "view." + answers.name() + ".version",
            answers.version(),
            "view." + answers.name() + ".state",
            state);
    Instant behind = Instant.now().minus(Duration.ofHours(1));
    control.report(new LayerStatus("serving", instance, "running", behind, behind, details));
    Eventually.await(
        "the status of " + instance,
        PATIENCE,
        () ->
            control.statuses(PATIENCE).stream()
                .anyMatch(
                    status ->
                        status.instance().equals(instance) && status.details().equals(details)));
  }

  private static ViewDefinition scheduled(int version, String cron) {
    ViewDefinition plain =
        Orders.view(Orders.source("driven-" + tests), "%08x%08x".formatted(tests, version));
    return new ViewDefinition(
        plain.name(),
        plain.version(),
        plain.sql(),
        plain.source(),
        "",
        Map.of(ViewDefinition.SCHEDULE, cron));
  }
}
