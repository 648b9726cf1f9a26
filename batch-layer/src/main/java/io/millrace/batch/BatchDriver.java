package io.millrace.batch;

import io.millrace.batch.archive.Archive;
import io.millrace.batch.archive.ArchiveLag;
import io.millrace.batch.archive.Archiver;
import io.millrace.batch.care.LakeCare;
import io.millrace.batch.care.Retention;
import io.millrace.batch.report.BatchMetrics;
import io.millrace.batch.report.BatchStatus;
import io.millrace.batch.report.Steps;
import io.millrace.batch.run.FirstRuns;
import io.millrace.batch.run.Recompute;
import io.millrace.batch.run.Reconciler;
import io.millrace.batch.schedule.CronTimer;
import io.millrace.batch.schedule.Requests;
import io.millrace.batch.schedule.Retries;
import io.millrace.batch.schedule.RunQueue;
import io.millrace.batch.schedule.Schedules;
import io.millrace.batch.schedule.SteadyClock;
import io.millrace.batch.table.Probe;
import io.millrace.batch.topic.SpeedProgress;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.control.process.Metrics;
import io.millrace.lake.Lake;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The long-lived driver: follows the control topic, archives, and runs views when they are due.
 *
 * <p>A view is due when its cron expression fires ({@code schedule}); when it fired while no driver
 * was there ({@code misfire}); when such a run failed, after a growing pause ({@code retry}); when
 * somebody asks ({@code request}); and, without waiting for any of these, until it has a run that
 * the live state can be merged to ({@code first}).
 *
 * <p>One thread runs the views and looks after the tables, so runs never overlap, and a view that
 * is due again while it waits waits once. Another archives ({@link Archiver}). What fails ends its
 * step alone ({@link Steps}); the driver goes on.
 */
public final class BatchDriver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BatchDriver.class);

  private static final Duration TICK = Duration.ofSeconds(1);

  private static final Duration STOP = Duration.ofSeconds(6);
  private static final Duration CANCEL_AGAIN = Duration.ofMillis(100);
  private static final Duration TEND_EVERY = Duration.ofMinutes(5);
  private static final Duration FIRST_ORPHANS = Duration.ofHours(1);
  private static final Duration ORPHANS_EVERY = Duration.ofHours(24);
  private static final Duration SWEEP_EVERY = Duration.ofSeconds(15);

  private final MillraceConfig config;
  private final SparkSession spark;
  private final ControlLog control;
  private final Lake lake;
  private final Clock clock;

  /** What pauses are measured by. */
  private final Clock steady;

  private final Archive archive;
  private final SpeedProgress live;
  private final Recompute recompute;
  private final Reconciler reconciler;
  private final Retention retention;
  private final LakeCare care;
  private final FirstRuns firstRuns;
  private final Requests requests = new Requests();
  private final RunQueue queue = new RunQueue();
  private final CronTimer timer = new CronTimer(view -> due(view, "schedule"));
  private final BatchStatus status;
  private final ArchiveLag lag;
  private final BatchMetrics metrics;
  private final Archiver archiver;
  private final Retries retries;
  private final Steps steps;
  private final Thread worker = new Thread(this::work, "batch-driver");
  private final Map<String, Instant> lastDone = new HashMap<>();
  private volatile boolean closed;

  public BatchDriver(
      MillraceConfig config, SparkSession spark, ControlLog control, Clock clock, Metrics metrics) {
    this.config = config;
    this.spark = spark;
    this.control = control;
    this.clock = clock;
    this.steady = new SteadyClock(clock);
    this.lake = Lake.open(config, spark.sparkContext().hadoopConfiguration());
    this.archive = new Archive(config, spark, lake, Probe.NONE, Archive.OFFSETS_PER_STEP);
    this.live = new SpeedProgress(config);
    this.recompute = new Recompute(config, spark, lake, control, clock, Probe.NONE, live::newest);
    this.reconciler = new Reconciler(lake, control, clock);
    this.retention = new Retention(config, lake, control, clock);
    this.care = new LakeCare(spark, clock);
    this.firstRuns = new FirstRuns(live::newest, control, steady);
    this.retries = new Retries(steady);
    this.status = new BatchStatus();
    this.steps = new Steps(status, () -> closed);
    this.archiver =
        new Archiver(
            spark,
            this::archive,
            () -> control.state().sources().values(),
            config.batch().archiveInterval());
    this.lag = new ArchiveLag(config, () -> control.state().sources().values());
    this.metrics = new BatchMetrics(metrics, control::state, this::cron, status, lag, clock);
    // Care costs seconds and can wait; an archive cannot.
    Instant now = steady.instant();
    lastDone.put("reconcile", now);
    lastDone.put("sweep", now);
    lastDone.put("tend", now);
    lastDone.put("orphans", now.plus(FIRST_ORPHANS).minus(ORPHANS_EVERY));
  }

  /** Sets the control topic right after whatever happened before, then begins to work. */
  public void start() {
    reconciler.run(Set.of());
    ControlState state = control.state();
    timer.set(crons(state));
    for (ViewDefinition view : state.currentViews()) {
      lastRun(state, view)
          .filter(last -> Schedules.missed(cron(view), last, clock.instant()))
          .ifPresent(last -> due(view.name(), "misfire"));
    }
    control.followRequests(
        (id, view) -> {
          requests.add(view, id);
          due(view, "request");
        });
    lag.start();
    archiver.start();
    worker.setDaemon(true);
    worker.start();
  }

  /** What the layer counts, for {@code LayerStatus.details}. Thread-safe. */
  public Map<String, String> details() {
    return status.details();
  }

  /** What failed and is to be tried again, in words. Thread-safe. */
  public List<String> problems() {
    return status.errors();
  }

  /** As {@code Layer.dead}. Thread-safe. */
  public Optional<String> dead() {
    if (worker.getState() == Thread.State.TERMINATED) {
      return Optional.of("the thread that runs views has ended; the log says why");
    }
    return archiver.ended()
        ? Optional.of("the thread that archives sources has ended; the log says why")
        : Optional.empty();
  }

  /**
   * Stops within seconds: the jobs of a run under way are cancelled, so that it fails and says so.
   * A commit is never interrupted: its outcome would be unknown.
   */
  @Override
  public void close() {
    closed = true;
    timer.close();
    archiver.stop();
    long deadline = System.nanoTime() + STOP.toNanos();
    try {
      do {
        // Again and again: a job that was still being planned would run to its end.
        spark.sparkContext().cancelAllJobs();
        worker.join(CANCEL_AGAIN.toMillis());
      } while ((!archiver.await(CANCEL_AGAIN) || worker.isAlive()) && System.nanoTime() < deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lag.close();
    if (worker.isAlive() || archiver.busy()) {
      // Closed under it, a commit that has been made would look as one that failed.
      LOG.warn("a thread of the driver is still busy; what it uses ends with the process");
      return;
    }
    live.close();
    lake.close();
  }

  private void due(String view, String trigger) {
    if (queue.add(view, trigger)) {
      LOG.info("{} is due ({})", view, trigger);
    }
  }

  private void work() {
    while (!closed) {
      steps.run("driver", this::turn);
      // Nobody of this process interrupts the thread; a library that does must not end it.
      Thread.interrupted();
    }
  }

  private void turn() throws InterruptedException {
    Map<String, RunQueue.Due> due = queue.take(TICK);
    Map<String, Optional<Throwable>> archived = new HashMap<>();
    due.forEach((view, why) -> run(control.state(), view, why, archived));
    // Also when runs never stop coming: a view that was just applied must not wait for a pause.
    tick(control.state());
  }

  private void tick(ControlState state) {
    status.retain(names(state), state.sources().keySet());
    step("timer", () -> timer.set(crons(state)));
    step("first-runs", () -> firstRuns.due(state).forEach(view -> due(view, "first")));
    retries.due(names(state)).forEach(view -> due(view, "retry"));
    every("reconcile", SWEEP_EVERY, () -> reconciler.run(status.running()));
    every("sweep", SWEEP_EVERY, () -> retention.sweep(firstRuns.ready()));
    every("tend", TEND_EVERY, () -> tend(state));
    every(
        "orphans",
        ORPHANS_EVERY,
        () -> lake.tables(state.lakeTables()).forEach(care::deleteOrphans));
  }

  private void tend(ControlState state) {
    for (String source : state.lakeTables()) {
      lake.load(Lake.sourceId(source)).ifPresent(table -> care.tend(table, state));
    }
  }

  private void every(String what, Duration period, Steps.Step work) {
    Instant now = steady.instant();
    Instant last = lastDone.get(what);
    if (last == null || !now.isBefore(last.plus(period))) {
      lastDone.put(what, now);
      step(what, work);
    }
  }

  private Optional<Throwable> step(String what, Steps.Step work) {
    return closed ? Optional.empty() : steps.run(what, work);
  }

  /**
   * Runs a view over its source as it is now.
   *
   * @param archived what came of archiving sources for the views before, by name
   */
  private void run(
      ControlState state,
      String name,
      RunQueue.Due due,
      Map<String, Optional<Throwable>> archived) {
    if (closed) {
      return;
    }
    Set<String> asked = requests.take(name);
    Optional<ViewDefinition> current = state.current(name);
    if (current.isPresent()) {
      run(state, current.get(), due, archived);
    } else {
      LOG.warn("cannot run {}: found no view of that name", name);
    }
    Requests.answer(asked, control::answered);
  }

  private void run(
      ControlState state,
      ViewDefinition view,
      RunQueue.Due due,
      Map<String, Optional<Throwable>> archived) {
    String name = view.name();
    SourceDefinition source = state.sources().getOrDefault(view.source().name(), view.source());
    Optional<Throwable> failure =
        archived.computeIfAbsent(source.name(), one -> archiver.archive(source));
    if (failure.isEmpty() && !closed) {
      failure = run(view, due.trigger());
    }
    if (failure.isEmpty()) {
      retries.completed(name);
      return;
    }
    firstRuns.failed(view);
    if (due.onSchedule()) {
      retries.failed(name);
    }
    Throwable why = failure.get();
    if (due.asked()) {
      step("announcement." + name, () -> recompute.announceUnbegun(view, why));
    }
    step("runs." + name, () -> retention.keepFailed(view));
  }

  private Optional<Throwable> archive(SourceDefinition source) {
    return step(
        "source." + source.name(),
        () -> status.archived(source.name(), archive.run(source), clock.instant()));
  }

  private Optional<Throwable> run(ViewDefinition view, String trigger) {
    long startedNs = System.nanoTime();
    Optional<Throwable> failure =
        steps.run(
            "view." + view.name(),
            () -> {
              RunRecord run = recompute.run(view, trigger, status);
              status.ran(run);
              firstRuns.completed(view, run);
            });
    Duration took = Duration.ofNanos(System.nanoTime() - startedNs);
    metrics.ran(view.name(), trigger, failure.isEmpty() ? "completed" : "failed", took);
    if (failure.isEmpty()) {
      step("runs." + view.name(), () -> retention.keepRuns(view));
    }
    return failure;
  }

  private static Set<String> names(ControlState state) {
    return state.currentViews().stream().map(ViewDefinition::name).collect(Collectors.toSet());
  }

  private Map<String, String> crons(ControlState state) {
    Map<String, String> crons = new TreeMap<>();
    for (ViewDefinition view : state.currentViews()) {
      crons.put(view.name(), cron(view));
    }
    return crons;
  }

  /** The view's cron expression; the default, and an error in the status, if it is none. */
  private String cron(ViewDefinition view) {
    String cron = Schedules.of(config, view);
    try {
      Schedules.check(cron);
      status.clear("schedule." + view.name());
      return cron;
    } catch (MillraceException e) {
      status.error(
          "schedule." + view.name(),
          e.code()
              + ": "
              + e.getMessage()
              + "; until then it runs at "
              + config.batch().schedule());
      return config.batch().schedule();
    }
  }

  private static Optional<Instant> lastRun(ControlState state, ViewDefinition view) {
    List<RunRecord> completed = state.runs(view.id(), Status.COMPLETED);
    return completed.isEmpty()
        ? Optional.empty()
        : Optional.of(completed.get(completed.size() - 1).startedAt());
  }
}
