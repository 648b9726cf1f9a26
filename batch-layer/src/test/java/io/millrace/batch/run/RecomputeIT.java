package io.millrace.batch.run;

import static io.millrace.batch.archive.ArchiveIT.dyingAt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.batch.Installation;
import io.millrace.batch.Orders;
import io.millrace.batch.archive.ArchiveIT.Died;
import io.millrace.batch.care.Retention;
import io.millrace.batch.report.BatchStatus;
import io.millrace.batch.table.Probe;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.Correction;
import io.millrace.control.model.Position;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.Lake;
import io.millrace.lake.Manifest;
import io.millrace.lake.RowChecksum;
import io.millrace.testkit.Eventually;
import io.millrace.view.CompiledView;
import io.millrace.view.GroupKey;
import io.millrace.view.GroupState;
import io.millrace.view.RecordDecoder;
import io.millrace.view.RejectedRecordException;
import io.millrace.view.ViewProgram;
import io.millrace.view.compile.ViewCompiler;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecomputeIT {
  @TempDir static Path dir;

  private static Installation at;
  private static ControlLog control;
  private static int tests;

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
  void makeView() {
    topic = "recomputed-" + ++tests;
    at.broker.createTopic(topic, 2);
    source = Orders.source(topic);
    view = Orders.view(source, "%016x".formatted(tests));
    at.spark.sql("DROP TABLE IF EXISTS lake.sources.orders PURGE");
    control.publish(source);
    control.publish(view);
    at.sendOrders(topic, 0, 0, 50);
    at.sendOrders(topic, 1, 50, 80);
    at.archive(Probe.NONE).run(source);
  }

  @Test
  void shouldAggregateTheWholeLakeWhileThereIsNoLiveState() {
    RunRecord run = recompute(Probe.NONE).run(view, "submit", new BatchStatus());

    assertThat(run.status()).isEqualTo(Status.COMPLETED);
    assertThat(run.boundary()).isEqualTo(Position.parse("0:51,1:31"));
    assertThat(run.rows()).isEqualTo(5);
    assertThat(at.batchView(view)).isEqualTo(Orders.expected(LongStream.range(0, 80)));
    assertThat(control.state().runs().get(run.runId())).isEqualTo(run);
    Table table = at.lake.load(Lake.viewId(view)).orElseThrow();
    assertThat(table.currentSnapshot().snapshotId()).isEqualTo(run.viewSnapshotId().orElseThrow());
    assertThat(table.currentSnapshot().summary())
        .containsEntry("millrace.run", run.runId())
        .containsEntry("millrace.boundary", "0:51,1:31")
        .containsEntry("millrace.rows", "5")
        .containsEntry("millrace.version", view.version());
    assertThat(files()).hasSize(1).allSatisfy(RecomputeIT::assertSorted);
    assertThat(Manifest.checksum(table.currentSnapshot())).contains(checksum());
    assertThat(Manifest.checksum(table.currentSnapshot()))
        .contains(
            RowChecksum.text(
                at.spark
                    .table(Lake.sparkName(Lake.viewId(view)))
                    .selectExpr("sum(xxhash64(_key, _state))")
                    .first()
                    .getLong(0)));
  }

  /** Of the rows as they are read. */
  private String checksum() {
    RowChecksum sum = new RowChecksum();
    at.spark
        .table(Lake.sparkName(Lake.viewId(view)))
        .select("_key", "_state")
        .collectAsList()
        .forEach(row -> sum.add(row.getAs(0), row.getAs(1)));
    return sum.text();
  }

  @Test
  void shouldTakeTheChecksumOfNoRows() {
    view =
        Orders.view(
            "none", "SELECT id, count(*) AS n FROM orders WHERE id < 0 GROUP BY id", source);
    control.publish(view);

    recompute(Probe.NONE).run(view, "submit", new BatchStatus());

    Table table = at.lake.load(Lake.viewId(view)).orElseThrow();
    assertThat(Manifest.checksum(table.currentSnapshot())).contains("xxh64:0000000000000000");
  }

  @Test
  void shouldSortAViewAcrossItsFilesWhenOneTaskWouldBeSlow() {
    at.sendOrders(topic, 0, 80, 100_100);
    at.archive(Probe.NONE).run(source);
    view = Orders.view("by_id", "SELECT id, count(*) AS orders FROM orders GROUP BY id", source);
    control.publish(view);

    RunRecord run = recompute(Probe.NONE).run(view, "submit", new BatchStatus());

    assertThat(run.rows()).isEqualTo(100_100);
    Table table = at.lake.load(Lake.viewId(view)).orElseThrow();
    assertThat(Manifest.checksum(table.currentSnapshot())).contains(checksum());
    List<List<byte[]>> files = files();
    assertThat(files).hasSizeGreaterThan(1).allSatisfy(RecomputeIT::assertSorted);
    assertSorted(
        files.stream()
            .sorted(Comparator.comparing(file -> file.get(0), Arrays::compareUnsigned))
            .flatMap(List::stream)
            .toList());
  }

  @Test
  void shouldStopAtTheNewestCutsThatTheLakeCovers() {
    makeSpeedTopic();
    at.flush(view, 0, 0, List.of(0L, 10L, 20L, 60L), 70);
    at.flush(view, 0, 0, List.of(0L, 20L, 30L, 60L), 75);
    at.flush(view, 1, 3, List.of(3L, 5L), 6);

    RunRecord run = recompute(Probe.NONE).run(view, "submit", new BatchStatus());

    assertThat(run.boundary()).isEqualTo(Position.parse("0:30,1:5"));
    assertThat(at.batchView(view))
        .isEqualTo(
            Orders.expected(LongStream.concat(LongStream.range(0, 30), LongStream.range(50, 55))));
  }

  @Test
  void shouldSayWhatIsMissingForABoundary() {
    makeSpeedTopic();
    at.flush(view, 0, 0, List.of(0L), 1);
    assertThatThrownBy(() -> recompute(Probe.NONE).run(view, "submit", new BatchStatus()))
        .isInstanceOf(MillraceException.class)
        .hasMessage(
            "cannot choose a boundary for a run of by_category: found no speed state of partition"
                + " 1, expected a flush on every partition; see that the speed layer runs, then run"
                + " again");
    at.flush(view, 1, 40, List.of(40L), 44);
    assertThatThrownBy(() -> recompute(Probe.NONE).run(view, "submit", new BatchStatus()))
        .hasMessageContaining(
            "found the lake at offset 31 of partition 1, expected it at or past the first cut 40");
    assertThat(control.state().runs(view.id(), Status.STARTED)).isEmpty();
    assertThat(control.state().runs(view.id(), Status.FAILED)).isEmpty();
  }

  @Test
  void shouldLeaveNothingVisibleOfARunThatFails() {
    Probe failing =
        moment -> {
          if (moment == Probe.Moment.RUN_STAGED) {
            throw new IllegalStateException("the disk is full");
          }
        };
    assertThatThrownBy(() -> recompute(failing).run(view, "submit", new BatchStatus()))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("of by_category failed: the disk is full");

    RunRecord failed = control.state().runs(view.id(), Status.FAILED).get(0);
    assertThat(failed.error()).contains("the disk is full");
    assertThat(at.batchView(view)).isEmpty();
    assertThat(recompute(Probe.NONE).run(view, "submit", new BatchStatus()).rows()).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT category, count(*) AS orders FROM orders"
            + " WHERE size(sequence(1, 5, if(id % 10 = 7, 0, 1))) > 0 GROUP BY category",
        "SELECT element_at(array(category), if(id % 10 = 7, 0, 1)) AS category, count(*) AS orders"
            + " FROM orders GROUP BY element_at(array(category), if(id % 10 = 7, 0, 1))",
        "SELECT category, count(*) AS orders,"
            + " sum(element_at(array(cents), if(id % 10 = 7, 0, 1))) AS cents"
            + " FROM orders GROUP BY category",
        "SELECT category, count(*) AS orders FROM orders"
            + " WHERE coalesce(category, '') LIKE if(id % 10 = 7, 'c\\\\', '%') GROUP BY category",
        "SELECT category, count(*) AS orders, count_if(category RLIKE if(id % 10 = 7, '(', 'c'))"
            + " AS c FROM orders WHERE category IS NOT NULL GROUP BY category",
        "SELECT c AS category, count(*) AS orders FROM orders LATERAL VIEW explode(array(category,"
            + " element_at(array('all'), if(id % 10 = 7, 0, 1)))) AS c GROUP BY c"
      })
  void shouldLeaveOutAndCountTheRecordsThatTheLiveViewSkips(String sql) {
    view = Orders.view("throwing", sql, source);
    control.publish(view);
    BatchStatus status = new BatchStatus();
    Recompute recompute = recompute(Probe.NONE);
    Map<String, Long> live = new HashMap<>();
    long failed = live(live);

    for (int i = 0; i < 2; i++) {
      RunRecord run = recompute.run(view, "submit", status);

      assertThat(run.status()).isEqualTo(Status.COMPLETED);
      Map<String, Long> rows = new HashMap<>();
      at.spark
          .table(Lake.sparkName(Lake.viewId(view)))
          .collectAsList()
          .forEach(row -> rows.put(row.getAs("category"), row.<Long>getAs("orders")));
      assertThat(rows).isEqualTo(live).isNotEmpty();
      Table table = at.lake.load(Lake.viewId(view)).orElseThrow();
      assertThat(table.currentSnapshot().summary())
          .containsEntry(Manifest.FAILED, Long.toString(failed));
      assertThat(status.details()).containsEntry("view.throwing.failed", Long.toString(failed));
    }
    assertThat(failed).isEqualTo(8);
    assertThat(control.state().runs(view.id(), Status.FAILED)).isEmpty();
  }

  /** Feeds all orders to the view's program: what the live view does. */
  private long live(Map<String, Long> orders) {
    CompiledView compiled = ViewCompiler.compile(view);
    ViewProgram program = compiled.newProgram();
    RecordDecoder decoder = ViewCompiler.decoder(source);
    Map<GroupKey, GroupState> groups = new HashMap<>();
    long failed = 0;
    for (long id = 0; id < 80; id++) {
      Map<GroupKey, GroupState> changed = new HashMap<>();
      try {
        program.update(
            decoder.decode(Orders.bytes(id), 0, id, 0),
            key -> changed.computeIfAbsent(key.copy(), k -> program.newState()));
        changed.forEach(
            (key, state) ->
                program.merge(groups.computeIfAbsent(key, k -> program.newState()), state));
      } catch (RuntimeException e) {
        failed++;
      } catch (RejectedRecordException e) {
        throw new IllegalStateException(e);
      }
    }
    groups.forEach(
        (key, state) -> {
          List<Object> row = program.evaluate(key.toBytes(), state).orElseThrow();
          orders.put((String) row.get(0), (Long) row.get(1));
        });
    return failed;
  }

  @Test
  void shouldAnnounceARunThatCommittedAndDiedBeforeItSaidSo() {
    assertThatThrownBy(
            () ->
                recompute(dyingAt(Probe.Moment.RUN_COMMITTED))
                    .run(view, "submit", new BatchStatus()))
        .isInstanceOf(Died.class);
    RunRecord started = control.state().runs(view.id(), Status.STARTED).get(0);

    reconciler().run(Set.of());

    RunRecord completed = control.state().runs().get(started.runId());
    assertThat(completed.status()).isEqualTo(Status.COMPLETED);
    assertThat(completed.rows()).isEqualTo(5);
    assertThat(completed.boundary()).isEqualTo(started.boundary());
    assertThat(at.batchView(view)).isEqualTo(Orders.expected(LongStream.range(0, 80)));
  }

  @Test
  void shouldNotCallACommittedRunFailedWhenItsAcknowledgementIsLost() {
    Probe lost =
        moment -> {
          if (moment == Probe.Moment.RUN_COMMITTED) {
            throw new IllegalStateException("connection reset");
          }
        };
    assertThatThrownBy(() -> recompute(lost).run(view, "submit", new BatchStatus()))
        .hasMessageContaining("connection reset");
    assertThat(control.state().runs(view.id(), Status.FAILED)).isEmpty();

    reconciler().run(Set.of());

    assertThat(control.state().runs(view.id(), Status.COMPLETED)).hasSize(1);
  }

  @Test
  void shouldDeclareARunFailedThatDiedBeforeItsCommit() {
    assertThatThrownBy(
            () ->
                recompute(dyingAt(Probe.Moment.RUN_STAGED)).run(view, "submit", new BatchStatus()))
        .isInstanceOf(Died.class);
    RunRecord started = control.state().runs(view.id(), Status.STARTED).get(0);
    reconciler().run(Set.of(started.runId()));
    assertThat(control.state().runs(view.id(), Status.STARTED)).hasSize(1);

    reconciler().run(Set.of());

    RunRecord failed = control.state().runs().get(started.runId());
    assertThat(failed.status()).isEqualTo(Status.FAILED);
    assertThat(failed.error())
        .contains("the process that ran it ended before its commit; nothing of it is visible");
    assertThat(at.batchView(view)).isEmpty();
  }

  @Test
  void shouldNotDeclareARunFailedBeforeItsProcessCouldSayThatItRuns() {
    assertThatThrownBy(
            () ->
                recompute(dyingAt(Probe.Moment.RUN_STAGED)).run(view, "submit", new BatchStatus()))
        .isInstanceOf(Died.class);
    RunRecord started = control.state().runs(view.id(), Status.STARTED).get(0);
    Reconciler soonAfter =
        new Reconciler(
            at.lake, control, Clock.fixed(started.startedAt().plusSeconds(5), ZoneOffset.UTC));
    try {
      said(started.startedAt().minusMillis(900));
      soonAfter.run(Set.of());
      assertThat(control.state().runs(view.id(), Status.STARTED)).hasSize(1);

      said(started.startedAt().plusSeconds(4));
      soonAfter.run(Set.of());
      assertThat(control.state().runs(view.id(), Status.FAILED)).hasSize(1);
    } finally {
      control.withdraw("batch", "elsewhere:1");
    }
  }

  /** A process of another host says that it does nothing. */
  private static void said(Instant when) {
    LayerStatus status = new LayerStatus("batch", "elsewhere:1", "running", when, when, Map.of());
    control.report(status);
    Eventually.await(
        "the status to be there",
        Duration.ofSeconds(60),
        () -> control.statuses(Duration.ofSeconds(20)).contains(status));
  }

  @Test
  void shouldFailARunWhoseBoundaryTheSpeedLayerGaveUp() {
    makeSpeedTopic();
    at.flush(view, 0, 0, List.of(0L, 30L), 40);
    at.flush(view, 1, 0, List.of(0L), 40);
    Probe thinning =
        moment -> {
          if (moment == Probe.Moment.RUN_ANNOUNCED) {
            at.flush(view, 0, 0, List.of(0L, 35L), 45);
          }
        };
    assertThatThrownBy(() -> recompute(thinning).run(view, "submit", new BatchStatus()))
        .hasMessageContaining(
            "found the speed layer's cuts 0:[0, 35]…45, 1:[0]…40 without the boundary 0:30,"
                + " expected them to hold it; the next run chooses again");
    assertThat(at.batchView(view)).isEmpty();
  }

  @Test
  void shouldLetTheRunWithTheLaterBoundaryStand() {
    Probe overtaken =
        moment -> {
          if (moment == Probe.Moment.RUN_STAGED) {
            at.sendOrders(topic, 0, 80, 100);
            at.archive(Probe.NONE).run(source);
            recompute(Probe.NONE).run(view, "submit", new BatchStatus());
          }
        };
    assertThatThrownBy(() -> recompute(overtaken).run(view, "submit", new BatchStatus()))
        .hasMessageContaining("found a completed run with a boundary past 0:51,1:31");
    assertThat(at.batchView(view)).isEqualTo(Orders.expected(LongStream.range(0, 100)));
  }

  @Test
  void shouldBeRightAgainAfterWrongRecordsAreDeletedInTheLake() {
    at.sendOrders(topic, 1, 900, 910);
    at.archive(Probe.NONE).run(source);
    recompute(Probe.NONE).run(view, "submit", new BatchStatus());
    assertThat(at.batchView(view)).isNotEqualTo(Orders.expected(LongStream.range(0, 80)));

    at.spark.sql("DELETE FROM lake.sources.orders WHERE id >= 900");
    at.spark.sql("UPDATE lake.sources.orders SET cents = cents WHERE id = 7");
    RunRecord repaired = recompute(Probe.NONE).run(view, "submit", new BatchStatus());

    assertThat(at.batchView(view)).isEqualTo(Orders.expected(LongStream.range(0, 80)));
    assertThat(repaired.boundary()).isEqualTo(Position.parse("0:51,1:42"));
  }

  @Test
  void shouldKeepTheNewestRunsAndForgetTheOthers() {
    AtomicInteger reads = new AtomicInteger();
    Retention retention =
        new Retention(at.config, at.lake, countingReads(control, reads), Clock.systemUTC());
    List<String> ids =
        LongStream.range(0, 5)
            .mapToObj(
                i -> {
                  RunRecord run = recompute(Probe.NONE).run(view, "submit", new BatchStatus());
                  control.publish(audit(run, Instant.now()));
                  retention.keepRuns(view);
                  return run.runId();
                })
            .toList();
    int keep = at.config.batch().keepRuns();
    List<String> kept = ids.subList(ids.size() - keep, ids.size());
    assertThat(control.state().runs(view.id(), Status.COMPLETED))
        .extracting(RunRecord::runId)
        .isEqualTo(kept);
    Table table = at.lake.load(Lake.viewId(view)).orElseThrow();
    assertThat(Manifest.completed(table, "t")).extracting(RunRecord::runId).isEqualTo(kept);
    assertThat(at.batchView(view)).isEqualTo(Orders.expected(LongStream.range(0, 80)));
    assertThat(control.state().audits().keySet()).containsExactlyElementsOf(kept);
    assertThat(reads.get()).as("reads of the whole status topic").isLessThanOrEqualTo(2);
  }

  /** The same log, and how often it is asked for every status there is. */
  private static ControlLog countingReads(ControlLog log, AtomicInteger reads) {
    return (ControlLog)
        Proxy.newProxyInstance(
            ControlLog.class.getClassLoader(),
            new Class<?>[] {ControlLog.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("statuses")) {
                reads.incrementAndGet();
              }
              try {
                return method.invoke(log, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void shouldKeepTheRunsThatNewerOnesAreComparedWithForADayThoughNobodyCompares() {
    int keep = at.config.batch().keepRuns();
    Instant now = Instant.now();
    Retention today = retention(now);
    List<RunRecord> runs = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      runs.add(recompute(Probe.NONE).run(view, "submit", new BatchStatus()));
      if (i < 2) {
        control.publish(audit(runs.get(i), now));
      }
    }
    for (int i = 0; i < keep; i++) {
      runs.add(recompute(Probe.NONE).run(view, "submit", new BatchStatus()));
      today.keepRuns(view);
    }
    assertThat(control.state().bases(view.id())).isEqualTo(runs.subList(0, 2));
    assertThat(control.state().sound(view.id())).hasSize(2 + keep);

    // A refusal is nothing that time ends.
    Retention tomorrow = retention(now.plus(Retention.COMPARED_WITHIN));
    RunRecord newest = runs.get(runs.size() - 1);
    control.publish(refusal(newest));
    tomorrow.keepRuns(view);
    assertThat(control.state().bases(view.id())).isEqualTo(runs.subList(0, 2));

    control.publish(refusal(newest).accepted(Instant.EPOCH));
    control.forgetRun(newest.runId());
    control.publish(newest);
    runs.add(recompute(Probe.NONE).run(view, "submit", new BatchStatus()));
    tomorrow.keepRuns(view);

    RunAudit trusted = control.state().audits().get(newest.runId());
    assertThat(trusted.outcome()).isEqualTo(RunAudit.Outcome.TRUSTED);
    assertThat(trusted.by()).isEqualTo("batch");
    assertThat(trusted.detail())
        .isEqualTo(
            "not compared since "
                + runs.get(1).runId()
                + ": no serving replica has compared a run for 24 h");
    assertThat(control.state().bases(view.id()))
        .extracting(RunRecord::runId)
        .containsExactly(runs.get(1).runId(), newest.runId());
  }

  @Test
  void shouldForgetWhatIsSaidOfARunThatIsForgotten() {
    RunRecord run = recompute(Probe.NONE).run(view, "submit", new BatchStatus());
    control.publish(audit(run, Instant.now()));
    control.publish(refusal(run).accepted(Instant.EPOCH));
    control.forgetRun(run.runId());
    assertThat(control.state().audits()).doesNotContainKey(run.runId());

    // By a replica that was slower.
    control.publish(audit(run, Instant.now()));
    retention(Instant.now()).keepRuns(view);
    assertThat(control.state().audits()).doesNotContainKey(run.runId());
  }

  private static Retention retention(Instant now) {
    return new Retention(at.config, at.lake, control, Clock.fixed(now, ZoneOffset.UTC));
  }

  private static RunAudit audit(RunRecord run, Instant at) {
    return new RunAudit(
        run.runId(),
        run.view(),
        run.version(),
        RunAudit.Outcome.EQUAL,
        "",
        "",
        "here:1",
        at.truncatedTo(ChronoUnit.MICROS));
  }

  @Test
  void shouldKeepTheRunsThatAnswersStandOnWhileNewerOnesAreRefused() {
    Retention retention = new Retention(at.config, at.lake, control, Clock.systemUTC());
    int keep = at.config.batch().keepRuns();
    List<String> ids =
        LongStream.range(0, 3 + keep)
            .mapToObj(
                i -> {
                  RunRecord run = recompute(Probe.NONE).run(view, "submit", new BatchStatus());
                  at.lake
                      .load(Lake.viewId(view))
                      .orElseThrow()
                      .updateProperties()
                      .set("history.expire.max-snapshot-age-ms", "1")
                      .commit();
                  if (i >= 2) {
                    control.publish(refusal(run));
                  } else {
                    control.publish(audit(run, Instant.now()));
                  }
                  retention.keepRuns(view);
                  return run.runId();
                })
            .toList();

    assertThat(control.state().sound(view.id()))
        .extracting(RunRecord::runId)
        .isEqualTo(ids.subList(0, 2));
    // The refused run between them and the newest is gone, and its refusal with it.
    List<String> refused = ids.subList(3, ids.size());
    assertThat(control.state().refusals().keySet()).containsExactlyElementsOf(refused);
    Table table = at.lake.load(Lake.viewId(view)).orElseThrow();
    assertThat(Manifest.completed(table, "t"))
        .extracting(RunRecord::runId)
        .containsExactlyElementsOf(
            Stream.concat(ids.subList(0, 2).stream(), refused.stream()).toList());
  }

  @Test
  void shouldForgetTheRunsOfViewsThatAreNoMore() {
    RunRecord run = recompute(Probe.NONE).run(view, "submit", new BatchStatus());
    control.publish(
        new Correction(
            run.runId(),
            run.view(),
            run.version(),
            Correction.Kind.ALL,
            "x",
            0,
            Optional.empty(),
            "",
            Position.empty()));
    ViewDefinition other = Orders.view(source, "%016x".formatted(1_000 + tests));
    control.publish(other);
    RunRecord others = recompute(Probe.NONE).run(other, "submit", new BatchStatus());
    // Whoever takes a view out of the folder retires it, and leaves the rest to the sweep.
    control.retireView(view.id());

    new Retention(at.config, at.lake, control, Clock.systemUTC()).sweep(Set.of());

    assertThat(control.state().runs()).doesNotContainKey(run.runId());
    assertThat(control.state().corrections()).doesNotContainKey(run.runId());
    assertThat(control.state().runs()).containsKey(others.runId());
  }

  @Test
  void shouldClearNothingAwayOfAViewThatWasAppliedInARecordItCannotRead() throws Exception {
    RunRecord run = recompute(Probe.NONE).run(view, "submit", new BatchStatus());
    control.retireView(view.id());
    byte[] key = ("view/" + view.id()).getBytes(StandardCharsets.UTF_8);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            at.broker.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(at.config.topics().control(), key, new byte[] {1})).get();
    }
    Retention retention = new Retention(at.config, at.lake, control, Clock.systemUTC());

    retention.sweep(Set.of());
    retention.sweep(Set.of());
    assertThat(control.state().viewsInDoubt()).containsExactly(view.id());
    assertThat(control.state().runs()).containsKey(run.runId());
    assertThat(at.lake.load(Lake.viewId(view))).isPresent();

    control.retireView(view.id());
    retention.sweep(Set.of());
    retention.sweep(Set.of());
    assertThat(control.state().runs()).doesNotContainKey(run.runId());
    assertThat(at.lake.load(Lake.viewId(view))).isEmpty();
  }

  @Test
  void shouldClearNothingAwayByAControlTopicInWhichNothingWasEverApplied() {
    recompute(Probe.NONE).run(view, "submit", new BatchStatus());
    Table batchView = at.lake.load(Lake.viewId(view)).orElseThrow();
    try (ControlLog anew =
        ControlLog.open(
            MillraceConfig.load(
                Optional.empty(),
                Map.of(),
                Map.of(
                    "kafka.bootstrap.servers",
                    at.broker.bootstrapServers(),
                    "namespace",
                    "made-again-" + tests)))) {
      Retention retention = new Retention(at.config, at.lake, anew, Clock.systemUTC());
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> retention.sweep(Set.of()))
            .hasMessageStartingWith(
                "cannot tell which views are retired: found a control topic in which nothing was"
                    + " ever applied, beside ")
            .hasMessageContaining("`millrace apply DIR`");
      }
    }
    assertThat(at.lake.load(Lake.viewId(view)).orElseThrow().uuid()).isEqualTo(batchView.uuid());
  }

  @Test
  void shouldLeaveNoFileOfARunThatCannotReadWhatChanged() throws Exception {
    recompute(Probe.NONE).run(view, "submit", new BatchStatus());
    Table table = at.lake.load(Lake.sourceId("orders")).orElseThrow();
    List<Path> old = parquet(table);
    at.spark.sql("DELETE FROM lake.sources.orders WHERE id < 10");
    for (Path file : old) {
      if (file.toString().contains("kafka_partition=0")) {
        Files.delete(file);
      }
    }
    Table batchView = at.lake.load(Lake.viewId(view)).orElseThrow();
    List<Path> before = parquet(batchView);

    // Spark throws an exception that Java has to be told of, and that nobody declares.
    assertThatThrownBy(() -> recompute(Probe.NONE).run(view, "submit", new BatchStatus()))
        .hasCauseInstanceOf(SparkException.class);

    assertThat(parquet(batchView)).isEqualTo(before);
  }

  private static List<Path> parquet(Table table) throws IOException {
    Path data =
        Path.of(URI.create("file:" + table.location().replaceFirst("^file:", ""))).resolve("data");
    try (Stream<Path> files = Files.walk(data)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }

  private static Refusal refusal(RunRecord run) {
    return new Refusal(
        run.runId(),
        run.view(),
        run.version(),
        "an earlier run",
        "as told",
        Instant.EPOCH,
        Optional.empty());
  }

  /** The keys of each file of the batch view, as they stand in it. */
  private List<List<byte[]>> files() {
    Map<String, List<byte[]>> files = new HashMap<>();
    at.spark
        .table(Lake.sparkName(Lake.viewId(view)))
        .select("_file", "_pos", "_key")
        .orderBy("_file", "_pos")
        .collectAsList()
        .forEach(
            row ->
                files.computeIfAbsent(row.getString(0), f -> new ArrayList<>()).add(row.getAs(2)));
    return List.copyOf(files.values());
  }

  private static void assertSorted(List<byte[]> keys) {
    assertThat(keys).isSortedAccordingTo(Arrays::compareUnsigned);
  }

  private Recompute recompute(Probe probe) {
    return new Recompute(at.config, at.spark, at.lake, control, Clock.systemUTC(), probe);
  }

  private Reconciler reconciler() {
    return new Reconciler(at.lake, control, Clock.systemUTC());
  }

  private void makeSpeedTopic() {
    at.broker.createTopic(at.config.topics().speed(view), 2, Map.of("cleanup.policy", "compact"));
  }
}
