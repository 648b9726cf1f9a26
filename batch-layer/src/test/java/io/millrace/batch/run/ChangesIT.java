package io.millrace.batch.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.batch.Installation;
import io.millrace.batch.Orders;
import io.millrace.batch.care.Retention;
import io.millrace.batch.report.BatchStatus;
import io.millrace.batch.table.Probe;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.log.ReplicaStandings;
import io.millrace.control.model.Correction;
import io.millrace.control.model.Correction.Kind;
import io.millrace.control.model.Position;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.CorrectedGroups;
import io.millrace.lake.Lake;
import io.millrace.lake.Manifest;
import io.millrace.lake.Snapshots;
import io.millrace.testkit.Eventually;
import io.millrace.view.compile.ViewCompiler;
import io.millrace.view.spark.SparkViews;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run says of changes of history: of a view with one group for each id. */
class ChangesIT {
  private static final String TABLE = "lake.sources.orders";
  private static final Duration SOON = Duration.ofMinutes(3);

  @TempDir static Path dir;

  private static Installation at;
  private static ControlLog control;
  private static int tests;

  private String topic;
  private SourceDefinition source;
  private ViewDefinition view;
  private RunRecord first;
  private final Map<ByteBuffer, Long> ids = new HashMap<>();

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
  void runOnce() {
    topic = "changed-" + ++tests;
    at.broker.createTopic(topic, 2);
    source = Orders.source(topic);
    // No category: it makes the test's view a version of its own.
    view =
        Orders.view(
            "by_id",
            "SELECT id, sum(cents) AS cents FROM orders WHERE coalesce(category, '') <> '"
                + topic
                + "' GROUP BY id",
            source);
    at.spark.sql("DROP TABLE IF EXISTS " + TABLE + " PURGE");
    control.publish(source);
    control.publish(view);
    at.sendOrders(topic, 0, 0, 10);
    at.archive(Probe.NONE).run(source);
    at.sendOrders(topic, 1, 10, 20);
    at.archive(Probe.NONE).run(source);
    first = run();
    assertThat(correction(first)).isEmpty();
  }

  @Test
  void shouldSayNothingOfArchivesAndCompactions() {
    more();
    at.spark.sql(
        "CALL lake.system.rewrite_data_files(table => 'sources.orders',"
            + " options => map('rewrite-all', 'true'))");

    assertThat(correction(run())).isEmpty();
  }

  @Test
  void shouldNameTheGroupsOfDeletedAndUpdatedRecordsAndNoOther() {
    at.spark.sql("DELETE FROM " + TABLE + " WHERE id IN (3, 14)");
    more();
    at.spark.sql("UPDATE " + TABLE + " SET id = 6 WHERE id = 5");

    Correction correction = correction(run()).orElseThrow();

    assertThat(correction.kind()).isEqualTo(Kind.GROUPS);
    assertThat(groups(correction)).containsExactlyInAnyOrder(3L, 14L, 5L, 6L);
    assertThat(correction.reach()).isEqualTo(Position.parse("0:6,1:5"));
    assertThat(correction.what()).contains("overwrite in lake snapshot ");
    assertThat(correction(run())).isEmpty();
  }

  @Test
  void shouldNameNoGroupOfRecordsThatTheViewThrowsOn() {
    view =
        Orders.view(
            "by_id",
            "SELECT id, sum(element_at(array(cents), if(id = 3, 0, 1))) AS cents"
                + " FROM orders GROUP BY id",
            source);
    control.publish(view);
    run();
    at.spark.sql("DELETE FROM " + TABLE + " WHERE id IN (3, 14)");

    assertThat(groups(correction(run()).orElseThrow())).containsExactly(14L);
  }

  @Test
  void shouldNameTheGroupsOfRecordsThatCameAndWentBetweenTheRuns() {
    more();
    at.spark.sql("DELETE FROM " + TABLE + " WHERE id = 22");

    assertThat(groups(correction(run()).orElseThrow())).containsExactly(22L);
  }

  @Test
  void shouldNameTheGroupsThatARollbackBringsBack() {
    long before = table().currentSnapshot().snapshotId();
    at.spark.sql("DELETE FROM " + TABLE + " WHERE id = 4");
    run();
    at.spark.sql("CALL lake.system.rollback_to_snapshot('sources.orders', " + before + ")");

    Correction correction = correction(run()).orElseThrow();

    assertThat(correction.what()).startsWith("lake rolled back behind snapshot ");
    assertThat(groups(correction)).containsExactly(4L);
  }

  @Test
  void shouldNotExcuseRecordsThatAreThereTwice() {
    append(fileOf(0));
    at.spark.sql("DELETE FROM " + TABLE + " WHERE id IN (3, 14)");

    // 3 is of the file that is there twice.
    assertThat(groups(correction(run()).orElseThrow())).containsExactly(14L);
  }

  @Test
  void shouldNotExcuseThemWhenTheSnapshotsBetweenHaveExpired() {
    append(fileOf(0));
    at.spark.sql("DELETE FROM " + TABLE + " WHERE id IN (3, 14)");
    more();
    Table table = table();
    for (Snapshot snapshot : snapshots(table)) {
      if (snapshot.snapshotId() != first.lakeSnapshotId()
          && snapshot.snapshotId() != table.currentSnapshot().snapshotId()) {
        table.expireSnapshots().expireSnapshotId(snapshot.snapshotId()).commit();
      }
    }

    Correction correction = correction(run()).orElseThrow();

    assertThat(correction.what()).startsWith("changes in expired lake snapshots after ");
    assertThat(groups(correction)).containsExactly(14L);
  }

  @Test
  void shouldSayThatItDoesNotKnowWhereTheSnapshotOfTheRunBeforeHasExpired() {
    at.spark.sql("DELETE FROM " + TABLE + " WHERE id = 3");
    more();
    Table table = table();
    for (Snapshot snapshot : snapshots(table)) {
      if (snapshot.snapshotId() != table.currentSnapshot().snapshotId()) {
        table.expireSnapshots().expireSnapshotId(snapshot.snapshotId()).commit();
      }
    }

    Correction correction = correction(run()).orElseThrow();

    assertThat(correction.kind()).isEqualTo(Kind.UNKNOWN);
    assertThat(correction.location()).isEmpty();
    assertThat(correction.what()).contains("has expired: what changed since is not known");
  }

  @Test
  void shouldHandOnWhichRecordsWereGivenUpForLost() {
    table()
        .newAppend()
        .set(Snapshots.POSITION, "0:30,1:11")
        .set(Snapshots.LOST, "0:11-30")
        .commit();

    Correction correction = correction(run()).orElseThrow();

    assertThat(correction.lost()).isEqualTo("0:11-30");
    assertThat(correction.groups()).isZero();
    assertThat(correction.reach()).isEqualTo(Position.parse("0:30"));
  }

  @Test
  void shouldSayAllGroupsWhereTheirKeysAreTooMany() {
    at.spark.sql("DELETE FROM " + TABLE + " WHERE id < 8");
    Table batchView = at.lake.load(Lake.viewId(view)).orElseThrow();
    Optional<Manifest> before = Manifest.of(batchView.currentSnapshot());
    RunRecord second = run();

    Correction correction =
        new Changes(at.spark, table(), ViewCompiler.compile(view), 60)
            .between(before, second, batchView)
            .orElseThrow();

    assertThat(correction.kind()).isEqualTo(Kind.ALL);
    assertThat(correction.location()).isEmpty();
    assertThat(groups(correction(second).orElseThrow())).hasSize(8);
  }

  @Test
  void shouldForgetACorrectionThatNoKeptRunsHaveBetweenThem() {
    at.spark.sql("DELETE FROM " + TABLE + " WHERE id = 3");
    RunRecord second = run();
    Correction correction = correction(second).orElseThrow();
    Retention retention = new Retention(at.config, at.lake, control, Clock.systemUTC());
    retention.keepRuns(view);
    assertThat(correction(second)).isPresent();

    for (int i = 0; i < at.config.batch().keepRuns(); i++) {
      run();
    }
    retention.keepRuns(view);
    // Before any has been compared with live state, all of them will be with what was before it.
    assertThat(correction(second)).isPresent();
    control.state().runs(view.id(), RunRecord.Status.COMPLETED).stream()
        .skip(2)
        .forEach(run -> control.publish(audit(run)));
    retention.keepRuns(view);

    assertThat(control.state().runs()).doesNotContainKey(second.runId());
    assertThat(correction(second)).isEmpty();
    assertThat(table().io().newInputFile(correction.location().orElseThrow()).exists()).isFalse();
  }

  @Test
  void shouldKeepARunThatAReplicaAnswersFromAndTheCorrectionsSince() {
    at.spark.sql("DELETE FROM " + TABLE + " WHERE id = 3");
    RunRecord second = run();
    for (int i = 0; i < at.config.batch().keepRuns(); i++) {
      run();
    }
    // Another replica is quicker.
    control.state().runs(view.id(), RunRecord.Status.COMPLETED).stream()
        .skip(2)
        .forEach(run -> control.publish(audit(run)));
    Map<String, String> details = new HashMap<>();
    ReplicaStandings.sayRuns(view.id(), List.of(first.runId()), details);
    LayerStatus slow =
        new LayerStatus("serving", "slow", "running", Instant.EPOCH, Instant.EPOCH, details);
    control.report(slow);
    Eventually.await("its status", SOON, () -> control.statuses(SOON).contains(slow));
    Retention retention = new Retention(at.config, at.lake, control, Clock.systemUTC());

    retention.keepRuns(view);
    assertThat(control.state().runs()).containsKey(first.runId());
    assertThat(Manifest.completed(at.lake.load(Lake.viewId(view)).orElseThrow(), "t"))
        .extracting(RunRecord::runId)
        .contains(first.runId())
        .doesNotContain(second.runId());
    assertThat(correction(second)).isPresent();

    control.withdraw("serving", "slow");
    Eventually.await("no status", SOON, () -> control.statuses(SOON).isEmpty());
    retention.keepRuns(view);
    assertThat(control.state().runs()).doesNotContainKey(first.runId());
    assertThat(correction(second)).isEmpty();
  }

  private static RunAudit audit(RunRecord run) {
    return new RunAudit(
        run.runId(),
        run.view(),
        run.version(),
        RunAudit.Outcome.EQUAL,
        "",
        "",
        "here:1",
        Instant.EPOCH);
  }

  private void more() {
    at.sendOrders(topic, 0, 20, 25);
    at.archive(Probe.NONE).run(source);
    run(at.spark.table(TABLE).select("id").distinct().count());
  }

  /** Learns the keys of new groups, by a look at the states and not by a run. */
  private void run(long groups) {
    SparkViews.states(ViewCompiler.compile(view), at.spark, at.spark.table(TABLE))
        .select("id", SparkViews.KEY)
        .collectAsList()
        .forEach(this::learn);
    assertThat(ids).hasSizeGreaterThanOrEqualTo((int) groups);
  }

  private void learn(Row row) {
    ids.put(ByteBuffer.wrap(row.getAs(SparkViews.KEY)), row.getAs("id"));
  }

  private RunRecord run() {
    RunRecord run =
        new Recompute(at.config, at.spark, at.lake, control, Clock.systemUTC(), Probe.NONE)
            .run(view, "submit", new BatchStatus());
    at.spark
        .table(Lake.sparkName(Lake.viewId(view)))
        .select("id", SparkViews.KEY)
        .collectAsList()
        .forEach(this::learn);
    return run;
  }

  private Optional<Correction> correction(RunRecord run) {
    return Optional.ofNullable(control.state().corrections().get(run.runId()));
  }

  private List<Long> groups(Correction correction) {
    Table batchView = at.lake.load(Lake.viewId(view)).orElseThrow();
    return CorrectedGroups.read(batchView, correction.location().orElseThrow()).stream()
        .map(ids::get)
        .toList();
  }

  private Table table() {
    return at.lake.load(Lake.sourceId("orders")).orElseThrow();
  }

  private static List<Snapshot> snapshots(Table table) {
    List<Snapshot> snapshots = new ArrayList<>();
    table.snapshots().forEach(snapshots::add);
    return snapshots;
  }

  /** Somebody appends a file that is there already. */
  private void append(DataFile file) {
    table().newAppend().appendFile(file).commit();
  }

  private DataFile fileOf(int partition) {
    try (CloseableIterable<FileScanTask> files = table().newScan().planFiles()) {
      for (FileScanTask task : files) {
        if (task.file().partition().get(0, Integer.class) == partition) {
          return task.file();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException("no file of partition " + partition);
  }
}
