package io.millrace.serving;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Correction;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.Topics;
import io.millrace.control.model.ViewDefinition;
import io.millrace.control.process.Metrics;
import io.millrace.lake.Lake;
import io.millrace.serving.http.HttpApi;
import io.millrace.serving.live.SourceReach;
import io.millrace.serving.live.SpeedReader;
import io.millrace.serving.live.SpeedView;
import io.millrace.serving.lookup.ServedLookups;
import io.millrace.serving.lookup.content.LookupContents;
import io.millrace.serving.query.Cursors;
import io.millrace.serving.query.OrderedRows;
import io.millrace.serving.query.Queries;
import io.millrace.serving.query.SqlQueries;
import io.millrace.serving.report.Readiness;
import io.millrace.serving.report.ServingMetrics;
import io.millrace.serving.report.ViewReport;
import io.millrace.serving.report.ViewReports;
import io.millrace.serving.spool.Spools;
import io.millrace.serving.store.LocalStore;
import io.millrace.serving.swap.BatchLoader;
import io.millrace.serving.swap.ControlWriter;
import io.millrace.serving.swap.RunLoader;
import io.millrace.serving.view.ServedView;
import io.millrace.serving.view.ServedViews;
import io.millrace.view.CompiledView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.hadoop.conf.Configuration;

/**
 * A serving replica without Kafka: live state is handed in, and each step towards a new run is
 * taken when told to. Store, lake, merge, audit and API are the real ones. Not thread-safe.
 */
public final class Replica implements AutoCloseable, SpeedReader, ControlWriter {
  public final TestLake lake;
  public final ServedViews views;
  public final Cursors cursors;
  public final HttpApi api;
  public final Queries queries;
  public final SqlQueries sql;
  public final Spools spools;
  public final ServedLookups lookups;

  /** What looks at lookups are due by. */
  public volatile long lookupNanoTime;

  public long nanoTime;

  /** As by default, but for the time: a test shares the machine. */
  private static final MillraceConfig.Sql SQL = patient();

  private final Lake catalog;
  public final LocalStore store;
  private final BatchLoader batchLoader;

  /** Set: which positions there are to wait for. */
  public volatile SourceReach reach = (source, asked) -> CompletableFuture.completedFuture(null);

  /** Set: what loads runs. */
  public volatile RunLoader loader;

  private final Metrics metrics = Metrics.of("serving");
  private final Map<String, ViewDefinition> definitions = new LinkedHashMap<>();
  private final Map<String, RunRecord> runs = new TreeMap<>();
  private final Map<String, Refusal> refusals = new TreeMap<>();
  private final Map<String, Correction> corrections = new TreeMap<>();
  private final Map<String, RunAudit> audits = new TreeMap<>();
  private final Path dir;
  private final Map<String, SpeedView> followed = new HashMap<>();
  private String problem = "";

  /** Set: why only a restart helps. */
  public String dead;

  /** Set: the control topic cannot be written. */
  public boolean mute;

  public Replica(Path dir) {
    this(dir, new TestLake(dir.resolve("lake")));
  }

  private Replica(Path dir, TestLake lake) {
    this.dir = dir;
    this.lake = lake;
    this.catalog =
        Lake.open(
            MillraceConfig.load(
                Optional.empty(), Map.of(), Map.of("data.dir", dir.toAbsolutePath().toString())),
            new Configuration());
    this.store = LocalStore.open(dir.resolve("serving"));
    this.batchLoader = new BatchLoader(catalog, store);
    this.loader = batchLoader;
    this.cursors = new Cursors(Duration.ofSeconds(60), () -> nanoTime);
    this.views =
        new ServedViews(
            store,
            this,
            new Topics("test"),
            cursors::forget,
            Duration.ofSeconds(30),
            (source, asked) -> reach.check(source, asked));
    this.queries = new Queries(views, cursors, System::currentTimeMillis);
    this.lookups =
        new ServedLookups(store, new LookupContents(() -> catalog), 1 << 20, () -> lookupNanoTime);
    this.sql = new SqlQueries(views, lookups, SQL, System::currentTimeMillis);
    this.spools = new Spools(dir.resolve("answers"), SQL.bytes());
    ViewReports reports = new ViewReports(views, System::currentTimeMillis);
    this.api =
        new HttpApi(
            reports,
            lookups,
            queries,
            new OrderedRows(views, cursors, sql, System::currentTimeMillis),
            sql,
            spools,
            new ServingMetrics(metrics, reports, cursors),
            new Readiness(this::state, reports, this, () -> nanoTime),
            () -> Optional.ofNullable(dead));
  }

  public ControlState state() {
    return new ControlState(
        Map.of(Orders.SOURCE.name(), Orders.SOURCE),
        definitions,
        new TreeMap<>(runs),
        new TreeMap<>(refusals),
        new TreeMap<>(corrections),
        new TreeMap<>(audits));
  }

  /** A replica that starts with nothing but what the control topic and the lake say. */
  public Replica restarted() {
    stop();
    Replica next = new Replica(dir, lake);
    next.definitions.putAll(definitions);
    next.runs.putAll(runs);
    next.refusals.putAll(refusals);
    next.corrections.putAll(corrections);
    next.audits.putAll(audits);
    next.views.update(next.state());
    return next;
  }

  @Override
  public void publish(Refusal refusal) {
    if (mute) {
      throw new MillraceException(ErrorCode.BROKER_UNREACHABLE, "cannot write, as told");
    }
    refusals.put(refusal.runId(), refusal);
  }

  @Override
  public void publish(RunAudit audit) {
    if (mute) {
      throw new MillraceException(ErrorCode.BROKER_UNREACHABLE, "cannot write, as told");
    }
    audits.put(audit.runId(), audit);
  }

  @Override
  public String by() {
    return "here:1";
  }

  /** What was said of runs that were taken over; to be changed at will. */
  public Map<String, RunAudit> audits() {
    return audits;
  }

  public void publish(Correction correction) {
    corrections.put(correction.runId(), correction);
  }

  public Map<String, Refusal> refusals() {
    return refusals;
  }

  /** As {@link #apply}, of a view that need not compile. */
  public void tryToApply(ViewDefinition definition) {
    definitions.put(definition.id(), definition);
    views.update(state());
  }

  public CompiledView apply(ViewDefinition definition) {
    tryToApply(definition);
    return served(definition).compiled();
  }

  public void retire(ViewDefinition definition) {
    definitions.remove(definition.id());
    views.update(state());
  }

  public ServedView served(ViewDefinition definition) {
    return version(definition).served().orElseThrow();
  }

  public ViewReport report(ViewDefinition definition) {
    return ViewReport.of(version(definition), System.currentTimeMillis());
  }

  private ServedViews.Version version(ViewDefinition definition) {
    return views.versions(definition.name()).stream()
        .filter(version -> version.definition().id().equals(definition.id()))
        .findFirst()
        .orElseThrow();
  }

  /** Hands flushes in, and says that all of the topic has been read. */
  public void live(CompiledView view, List<LiveModel.Flush> flushes) {
    SpeedView speed = followed.get(new Topics("test").speed(view.definition()));
    flushes.forEach(flush -> LiveModel.apply(flush, speed));
    speed.caughtUp(flushes.stream().mapToInt(LiveModel.Flush::partitions).findAny().orElse(1));
  }

  public void live(CompiledView view, LiveModel.Flush flush) {
    live(view, List.of(flush));
  }

  public void announce(RunRecord run) {
    runs.put(run.runId(), run);
  }

  /** Announces a run, and takes steps until nothing moves. */
  public void completed(RunRecord run) {
    announce(run);
    step();
  }

  public void step() {
    stepByStep(() -> {});
  }

  /** Takes steps until nothing moves, and calls {@code look} after each. */
  public void stepByStep(Runnable look) {
    for (ServedViews.Version version : views.all()) {
      version
          .served()
          .ifPresent(
              view -> {
                boolean moved;
                do {
                  moved = view.runs().advance(state(), loader, catalog, this);
                  look.run();
                } while (moved);
              });
    }
  }

  /** What takes steps as a running replica does, each view on its own. */
  RunSteps steps() {
    return new RunSteps(this::state, (run, stopped) -> loader.load(run, stopped), catalog, this);
  }

  void problem(String text) {
    problem = text;
  }

  @Override
  public void follow(String topic, SpeedView view) {
    followed.put(topic, view);
  }

  @Override
  public void forget(String topic) {
    followed.remove(topic);
  }

  @Override
  public String problem() {
    return problem;
  }

  private void stop() {
    cursors.close();
    lookups.close();
    views.close();
    metrics.close();
    catalog.close();
    store.close();
  }

  @Override
  public void close() {
    stop();
    lake.close();
  }

  private static MillraceConfig.Sql patient() {
    MillraceConfig.Sql usual =
        MillraceConfig.load(Optional.empty(), Map.of(), Map.of()).serving().sql();
    return new MillraceConfig.Sql(
        Duration.ofMinutes(5), usual.memory(), usual.rows(), usual.bytes(), usual.scans());
  }
}
