package io.millrace.serving;

import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.log.ReplicaStandings;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.process.Metrics;
import io.millrace.lake.Lake;
import io.millrace.serving.http.HttpApi;
import io.millrace.serving.http.HttpServer;
import io.millrace.serving.live.SourceWatch;
import io.millrace.serving.live.SpeedFollower;
import io.millrace.serving.lookup.ServedLookups;
import io.millrace.serving.lookup.content.LookupContents;
import io.millrace.serving.pgcatalog.PgCatalog;
import io.millrace.serving.pgwire.PgServer;
import io.millrace.serving.query.Cursors;
import io.millrace.serving.query.OrderedRows;
import io.millrace.serving.query.Queries;
import io.millrace.serving.query.SqlQueries;
import io.millrace.serving.report.LookupMetrics;
import io.millrace.serving.report.Readiness;
import io.millrace.serving.report.ServingMetrics;
import io.millrace.serving.report.StatusDetails;
import io.millrace.serving.report.ViewReports;
import io.millrace.serving.spool.Spools;
import io.millrace.serving.store.LocalStore;
import io.millrace.serving.swap.BatchLoader;
import io.millrace.serving.swap.ControlWriter;
import io.millrace.serving.view.ServedView;
import io.millrace.serving.view.ServedViews;
import io.millrace.serving.view.ViewPin;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One serving replica: everything between the topics, the lake and its ports.
 *
 * <p>The follower's thread writes live state, one thread takes up views, each view takes up its
 * runs by itself ({@link RunSteps}), the threads of HTTP and of Postgres' wire read, and a timer
 * expires cursors. They meet only in pins ({@link ViewPin}).
 */
final class ServingLayer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServingLayer.class);
  private static final Duration STEP = Duration.ofMillis(50);
  private static final Duration LOOK = Duration.ofSeconds(2);

  /** A disk that damages everything is not filled more often than this. */
  private static final Duration REFILL = Duration.ofSeconds(20);

  /** How often what could not be taken up is tried again. */
  private static final Duration RETRY = Duration.ofSeconds(5);

  private static final Duration CLOSE = Duration.ofSeconds(3);

  private final ControlLog log;
  private final LocalStore store;
  private final Lake lake;
  private final SpeedFollower follower;
  private final SourceWatch sources;
  private final Cursors cursors;
  private final ServedViews views;
  private final ServedLookups lookups;
  private final ViewReports reports;
  private final RunSteps runSteps;
  private final KafkaClientMetrics consumerMetrics;
  private final Readiness readiness;
  private final HttpServer http;
  private final PgServer pgwire;
  private final ScheduledExecutorService runs = single("serving-runs");
  private final ScheduledExecutorService timer = single("serving-timer");
  private final ScheduledExecutorService watch = single("serving-source-watch");
  private volatile Optional<Future<?>> steps = Optional.empty();
  private volatile Optional<Future<?>> expiries = Optional.empty();
  private volatile Optional<Future<?>> looks = Optional.empty();
  private ControlState seen;
  private long retriedAtNanos = System.nanoTime();
  private long thrownAwayAtNanos = System.nanoTime() - REFILL.toNanos();

  private ServingLayer(MillraceConfig config, ControlLog log, String instance, Metrics shared) {
    this.log = log;
    this.store = LocalStore.open(config.dataDir().resolve("serving"));
    this.lake = Lake.open(config, new Configuration());
    this.follower = new SpeedFollower(config);
    this.sources = new SourceWatch(config);
    this.cursors = new Cursors(config.serving().cursorTimeout(), System::nanoTime);
    this.views =
        new ServedViews(
            store,
            follower,
            config.topics(),
            cursors::forget,
            config.serving().waitLongest(),
            sources.ends());
    this.lookups =
        new ServedLookups(
            store,
            new LookupContents(() -> lake),
            config.serving().lookupBytes(),
            System::nanoTime);
    this.runSteps =
        new RunSteps(log::state, new BatchLoader(lake, store), lake, writer(log, instance));
    this.reports = new ViewReports(views, System::currentTimeMillis);
    ServingMetrics metrics = new ServingMetrics(shared, reports, cursors);
    LookupMetrics.add(shared, lookups);
    this.consumerMetrics = follower.bindMetrics(shared.registry());
    this.readiness = new Readiness(log::state, reports, follower, System::nanoTime);
    Queries queries = new Queries(views, cursors, System::currentTimeMillis);
    SqlQueries sql =
        new SqlQueries(views, lookups, config.serving().sql(), System::currentTimeMillis);
    this.pgwire = new PgServer(config.serving(), sql, new PgCatalog(views));
    this.http =
        new HttpServer(
            config.serving(),
            new HttpApi(
                reports,
                lookups,
                queries,
                new OrderedRows(views, cursors, sql, System::currentTimeMillis),
                sql,
                new Spools(
                    config.dataDir().resolve("serving-answers"), config.serving().sql().bytes()),
                metrics,
                readiness,
                this::dead));
  }

  /**
   * Starts a replica; it answers at once, with 503 what is not loaded yet.
   *
   * @param log followed, not closed
   * @param instance names this process in what it says of runs
   * @param metrics stay the caller's
   * @throws MillraceException {@code PORT_IN_USE}, {@code DATA_DIR_NOT_WRITABLE}
   */
  static ServingLayer start(
      MillraceConfig config, ControlLog log, String instance, Metrics metrics) {
    ServingLayer layer = new ServingLayer(config, log, instance, metrics);
    try {
      layer.http.start();
    } catch (MillraceException e) {
      layer.close();
      throw e;
    }
    layer.pgwire.start();
    layer.follower.start();
    layer.steps =
        Optional.of(
            layer.runs.scheduleWithFixedDelay(
                layer::step, 0, STEP.toMillis(), TimeUnit.MILLISECONDS));
    layer.expiries =
        Optional.of(
            layer.timer.scheduleWithFixedDelay(layer.cursors::expire, 1, 1, TimeUnit.SECONDS));
    layer.looks =
        Optional.of(
            layer.watch.scheduleWithFixedDelay(
                layer::lookAtSources, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS));
    LOG.info("serves on {}", layer.http.uri());
    return layer;
  }

  private static ControlWriter writer(ControlLog log, String instance) {
    return new ControlWriter() {
      @Override
      public void publish(Refusal refusal) {
        log.publish(refusal);
      }

      @Override
      public void publish(RunAudit audit) {
        log.publish(audit);
      }

      @Override
      public String by() {
        return instance;
      }
    };
  }

  /** Where it listens. */
  URI uri() {
    return http.uri();
  }

  /** What the status topic says of this replica. */
  Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("url", http.uri().toString());
    pgwire.address().ifPresent(address -> details.put("pgwire", address));
    pgwire.problem().ifPresent(problem -> details.put("error.pgwire", problem));
    if (!follower.problem().isEmpty()) {
      details.put("error.speed", follower.problem());
    }
    for (ServedViews.Version version : views.all()) {
      version
          .served()
          .flatMap(ServedView::topicProblem)
          .ifPresent(
              problem ->
                  details.put(
                      "error.source." + version.definition().source().name(),
                      problem.code() + " " + problem.getMessage()));
    }
    reports.answering().forEach(view -> StatusDetails.of(view, details));
    lookups.reports().forEach(lookup -> StatusDetails.of(lookup, details));
    reports
        .versions()
        .forEach(
            view -> {
              String id = view.definition().id();
              ReplicaStandings.say(id, view.standsOn(), details);
              ReplicaStandings.sayRuns(id, view.holds(), details);
            });
    return details;
  }

  /** What needs somebody's attention, in words: not what merely takes its time. */
  List<String> problems() {
    List<String> problems = new ArrayList<>(readiness.problems());
    lookups.reports().stream()
        .flatMap(lookup -> lookup.problem().stream())
        .forEach(problem -> problems.add(problem.getMessage()));
    return problems;
  }

  /** As {@code Layer.dead}. */
  Optional<String> dead() {
    if (steps.stream().anyMatch(Future::isDone)) {
      return Optional.of("the thread that takes up views and runs has ended; the log says why");
    }
    if (expiries.stream().anyMatch(Future::isDone)) {
      return Optional.of("the thread that lets go of cursors has ended; the log says why");
    }
    if (looks.stream().anyMatch(Future::isDone)) {
      return Optional.of("the thread that looks at source topics has ended; the log says why");
    }
    if (views.arrivals().ended()) {
      return Optional.of("the thread that wakes questions has ended; the log says why");
    }
    if (http.ended()) {
      return Optional.of("the thread that closes idle connections has ended; the log says why");
    }
    if (pgwire.ended()) {
      return Optional.of("a thread that serves Postgres' wire has ended; the log says why");
    }
    return follower.ended()
        ? Optional.of("the thread that follows the speed topics has ended: " + follower.problem())
        : Optional.empty();
  }

  private void step() {
    try {
      ControlState state = log.state();
      if (!store.broken().isEmpty() && System.nanoTime() - thrownAwayAtNanos > REFILL.toNanos()) {
        throwAway();
      }
      if (System.nanoTime() - retriedAtNanos > RETRY.toNanos()) {
        retriedAtNanos = System.nanoTime();
        views.retry();
      }
      // Before the views, whose compiling may take many seconds, and which may fail.
      if (state != seen) {
        lookups.update(state.lookups());
      }
      lookups.step();
      if (state != seen) {
        views.update(state);
        seen = state;
      }
      for (ServedViews.Version version : views.all()) {
        version.served().ifPresent(runSteps::take);
      }
    } catch (RuntimeException e) {
      LOG.error("cannot take up views and runs: {}; tried again", e.toString(), e);
    }
  }

  private void lookAtSources() {
    try {
      sources.look(
          views.all().stream()
              .map(version -> version.definition().source())
              .collect(Collectors.toSet()));
      Map<String, SourceDefinition> applied = log.state().sources();
      for (ServedViews.Version version : views.all()) {
        SourceDefinition source = version.definition().source();
        SourceDefinition newest = applied.getOrDefault(source.name(), source);
        // Where the new topic was applied already, a newer version of the view has it.
        Optional<MillraceException> problem =
            newest.lakeTable().equals(source.lakeTable())
                ? sources.problem(source)
                : Optional.empty();
        version.served().ifPresent(view -> view.topicProblem(problem));
      }
    } catch (RuntimeException e) {
      LOG.error("cannot look at the sources' topics: {}; tried again", e.toString(), e);
    }
  }

  /**
   * The local store is a cache: a damaged one is emptied, and filled again from lake and topics.
   */
  private void throwAway() {
    LOG.error(
        "the local store is damaged ({}): it is thrown away and filled again", store.broken());
    thrownAwayAtNanos = System.nanoTime();
    store.renew();
    views.again();
    lookups.again();
  }

  @Override
  public void close() {
    views.arrivals().close();
    pgwire.close();
    http.close();
    stop(watch);
    stop(runs);
    stop(timer);
    consumerMetrics.close();
    follower.close();
    sources.close();
    cursors.close();
    lookups.close();
    views.close();
    runSteps.close();
    lake.close();
    store.close();
  }

  private static void stop(ScheduledExecutorService executor) {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("a thread of serving is still busy; it ends with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ScheduledExecutorService single(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
  }
}
