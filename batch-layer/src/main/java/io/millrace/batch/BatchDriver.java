package io.millrace.batch;

import io.millrace.batch.archive.Archive;
import io.millrace.batch.archive.ArchiveLag;
import io.millrace.batch.care.LakeCare;
import io.millrace.batch.care.Retention;
import io.millrace.batch.report.BatchMetrics;
import io.millrace.batch.report.BatchStatus;
import io.millrace.batch.run.FirstRuns;
import io.millrace.batch.run.Recompute;
import io.millrace.batch.run.Reconciler;
import io.millrace.batch.schedule.CronTimer;
import io.millrace.batch.schedule.RunQueue;
import io.millrace.batch.schedule.Schedules;
import io.millrace.batch.table.Probe;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.KafkaRefusal;
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
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The long-lived driver: follows the control topic, archives, and runs views when they are due.
 *
 * <p>A view is due when its cron expression fires ({@code schedule}); when it fired while no driver
 * was there ({@code misfire}); when somebody asks ({@code request}); and, without waiting for any
 * of these, until it has a run that the live state can be merged to ({@code first}).
 *
 * <p>One thread does all work on the lake, so runs never overlap, and a view that is due again
 * while it waits waits once. What fails is reported and tried again when it is next due; the driver
 * goes on.
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
  private final Archive archive;
  private final Recompute recompute;
  private final Reconciler reconciler;
  private final Retention retention;
  private final LakeCare care;
  private final FirstRuns firstRuns;
  private final RunQueue queue = new RunQueue();
  private final CronTimer timer = new CronTimer(view -> due(view, "schedule"));
  private final BatchStatus status;
  private final ArchiveLag lag;
  private final BatchMetrics metrics;
  private final Thread worker = new Thread(this::work, "batch-driver");
  private final Map<String, Instant> lastDone = new HashMap<>();
  private volatile boolean closed;

  public BatchDriver(
      MillraceConfig config, SparkSession spark, ControlLog control, Clock clock, Metrics metrics) {
    this.config = config;
    this.spark = spark;
    this.control = control;
    this.clock = clock;
    this.lake = Lake.open(config, spark.sparkContext().hadoopConfiguration());
    this.archive = new Archive(config, spark, lake, Probe.NONE, Archive.OFFSETS_PER_STEP);
    this.recompute = new Recompute(config, spark, lake, control, clock, Probe.NONE);
    this.reconciler = new Reconciler(lake, control, clock);
    this.retention = new Retention(config, lake, control, clock);
    this.care = new LakeCare(spark, clock);
    this.firstRuns = new FirstRuns(config, control, clock);
    this.status = new BatchStatus();
    this.lag = new ArchiveLag(config, () -> control.state().sources().values());
    this.metrics = new BatchMetrics(metrics, control::state, this::cron, status, lag, clock);
    // Care costs seconds and can wait; an archive cannot.
    Instant now = clock.instant();
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
    control.followRequests((id, view) -> due(view, "request"));
    lag.start();
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
    return worker.getState() == Thread.State.TERMINATED
        ? Optional.of("the thread that archives and runs views has ended; the log says why")
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
    long deadline = System.nanoTime() + STOP.toNanos();
    try {
      do {
        // Again and again: a job that was still being planned would run to its end.
        spark.sparkContext().cancelAllJobs();
        worker.join(CANCEL_AGAIN.toMillis());
      } while (worker.isAlive() && System.nanoTime() < deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lag.close();
    lake.close();
  }

  private void due(String view, String trigger) {
    if (queue.add(view, trigger)) {
      LOG.info("{} is due ({})", view, trigger);
    }
  }

  private void work() {
    while (!closed) {
      try {
        Map<String, String> due = queue.take(TICK);
        run(control.state(), due);
        // Also when runs never stop coming: a view that was just applied must not wait for a pause.
        if (!closed) {
          tick(control.state());
        }
        status.clear("driver");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        failed("driver", e);
      }
    }
  }

  private void tick(ControlState state) {
    timer.set(crons(state));
    firstRuns.due(state).forEach(view -> due(view, "first"));
    for (SourceDefinition source : state.sources().values()) {
      // Due views or not, so that retention does not win.
      Duration period = config.batch().archiveInterval();
      every("archive." + source.name(), period, () -> archive(source));
    }
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

  private void every(String what, Duration period, Runnable work) {
    if (closed) {
      return;
    }
    Instant now = clock.instant();
    Instant last = lastDone.get(what);
    if (last == null || !now.isBefore(last.plus(period))) {
      lastDone.put(what, now);
      try {
        work.run();
        status.clear(what);
      } catch (RuntimeException e) {
        failed(what, e);
      }
    }
  }

  /** Runs what is due, archiving each source once before. */
  private void run(ControlState state, Map<String, String> due) {
    Map<String, Optional<Boolean>> archived = new HashMap<>();
    for (Map.Entry<String, String> entry : due.entrySet()) {
      Optional<ViewDefinition> view = state.current(entry.getKey());
      if (view.isEmpty()) {
        status.error(
            "view." + entry.getKey(), "VIEW_UNKNOWN: cannot run it: found no view of that name");
        continue;
      }
      String sourceName = view.get().source().name();
      SourceDefinition source = state.sources().getOrDefault(sourceName, view.get().source());
      boolean fresh =
          archived.computeIfAbsent(sourceName, name -> Optional.of(archive(source))).orElseThrow();
      if (fresh) {
        run(view.get(), entry.getValue());
      } else {
        firstRuns.failed(view.get());
      }
      if (closed) {
        return;
      }
    }
  }

  private boolean archive(SourceDefinition source) {
    try {
      status.archived(source.name(), archive.run(source), clock.instant());
      status.clear("source." + source.name());
      lastDone.put("archive." + source.name(), clock.instant());
      return true;
    } catch (RuntimeException e) {
      failed("source." + source.name(), e);
      return false;
    }
  }

  private void run(ViewDefinition view, String trigger) {
    long startedNs = System.nanoTime();
    String outcome = "failed";
    try {
      RunRecord run = recompute.run(view, trigger, status);
      outcome = "completed";
      status.ran(run);
      status.clear("view." + view.name());
      firstRuns.completed(view, run);
      retention.keepRuns(view);
    } catch (RuntimeException e) {
      firstRuns.failed(view);
      failed("view." + view.name(), e);
    } finally {
      Duration took = Duration.ofNanos(System.nanoTime() - startedNs);
      metrics.ran(view.name(), trigger, outcome, took);
    }
  }

  private void failed(String what, RuntimeException e) {
    Optional<MillraceException> known = KafkaRefusal.explain(e);
    if (closed) {
      LOG.info("{}: stopped: {}", what, e.getMessage());
    } else if (known.isPresent()) {
      LOG.warn("{}: {} {}", what, known.get().code(), known.get().getMessage());
      LOG.debug("{}", what, e);
      status.error(what, known.get().code() + ": " + known.get().getMessage());
    } else {
      LOG.error("{}", what, e);
      status.error(what, e.toString());
    }
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
