package io.millrace.batch.run;

import static org.apache.spark.sql.functions.col;

import io.millrace.batch.table.BatchViewTypes;
import io.millrace.batch.table.Commits;
import io.millrace.batch.table.JobFailure;
import io.millrace.batch.table.LakeRows;
import io.millrace.batch.table.LakeSchema;
import io.millrace.batch.table.Probe;
import io.millrace.batch.table.RowSum;
import io.millrace.batch.table.StagedFiles;
import io.millrace.batch.topic.Loss;
import io.millrace.batch.topic.SpeedProgress;
import io.millrace.batch.topic.TopicOffsets;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.log.ControlLog;
import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.CorrectedGroups;
import io.millrace.lake.Lake;
import io.millrace.lake.Manifest;
import io.millrace.lake.Snapshots;
import io.millrace.view.CompiledView;
import io.millrace.view.compile.ViewCompiler;
import io.millrace.view.spark.SparkViews;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotAncestryValidator;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.util.SnapshotUtil;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs views: aggregates the lake below a boundary and publishes the result.
 *
 * <p>A run
 *
 * <ol>
 *   <li>pins the lake's snapshot, and chooses a boundary that it covers;
 *   <li>announces itself STARTED, from when on the speed layer keeps a cut at the boundary;
 *   <li>writes the rows to files that no reader sees;
 *   <li>looks again at the speed layer's cuts: one that was given up before the announcement
 *       arrived fails the run here, and not its readers later;
 *   <li>finds what changed in the lake since the run before, and says which groups that touched;
 *   <li>commits rows and manifest in one Iceberg snapshot, unless a run with a later boundary is
 *       already there;
 *   <li>announces itself COMPLETED.
 * </ol>
 *
 * <p>If it dies before 6, nothing is visible but an announcement; after 6, the run is complete and
 * {@link Reconciler} repeats the announcement.
 */
public final class Recompute {
  private static final Logger LOG = LoggerFactory.getLogger(Recompute.class);

  /**
   * How many records of the lake, and rows of the run before, are few: one task has them sorted
   * before a second job would have begun.
   */
  private static final long FEW = 100_000;

  /** Stands for the snapshot of a run that has read none. */
  private static final long NO_SNAPSHOT = -1;

  private final MillraceConfig config;
  private final SparkSession spark;
  private final Lake lake;
  private final ControlLog control;
  private final Clock clock;
  private final Probe probe;
  private final Function<ViewDefinition, Map<Integer, Progress>> live;
  private final RunIds ids = new RunIds();

  /** Ids of view versions whose last run had to leave records out. */
  private final Set<String> throwing = ConcurrentHashMap.newKeySet();

  /** Asks anew for each run what the speed layer has said. */
  public Recompute(
      MillraceConfig config,
      SparkSession spark,
      Lake lake,
      ControlLog control,
      Clock clock,
      Probe probe) {
    this(config, spark, lake, control, clock, probe, view -> SpeedProgress.newest(config, view));
  }

  /**
   * @param live what the speed layer said last of a view, by partition
   */
  public Recompute(
      MillraceConfig config,
      SparkSession spark,
      Lake lake,
      ControlLog control,
      Clock clock,
      Probe probe,
      Function<ViewDefinition, Map<Integer, Progress>> live) {
    this.live = live;
    this.config = config;
    this.spark = spark;
    this.lake = lake;
    this.control = control;
    this.clock = clock;
    this.probe = probe;
  }

  /**
   * Runs a view over what the lake holds now.
   *
   * @param trigger as {@link RunRecord#trigger}
   * @param owned told the run's id before it is announced
   * @return the completed run
   * @throws MillraceException {@code VIEW_NOT_READY} if no boundary can be chosen, before anything
   *     is announced; {@code RUN_FAILED}, after the failure is announced
   */
  public RunRecord run(ViewDefinition view, String trigger, RunOwner owned) {
    CompiledView compiled = ViewCompiler.compileApplied(view);
    Plan plan = plan(view, trigger);
    RunRecord run = plan.run();
    owned.began(run.runId());
    try {
      control.publish(run);
      probe.reached(Probe.Moment.RUN_ANNOUNCED);
      RunRecord completed = execute(compiled, plan, owned);
      control.publish(completed);
      LOG.info(
          "run {} of {} completed: {} rows below {} in {} ms",
          run.runId(),
          view.id(),
          completed.rows(),
          completed.boundary(),
          clock.millis() - run.startedAt().toEpochMilli());
      return completed;
    } catch (Exception | LinkageError | StackOverflowError e) {
      throw failed(run, e);
    } finally {
      owned.ended(run.runId());
    }
  }

  /**
   * Announces that a run which somebody waits for failed before it could begin. Does nothing if it
   * did begin: then its own announcement says so.
   */
  public void announceUnbegun(ViewDefinition view, Throwable why) {
    if (why instanceof MillraceException known && known.code() == ErrorCode.RUN_FAILED) {
      return;
    }
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    RunRecord run =
        started(view, Position.empty(), NO_SNAPSHOT, "request", now, Optional.empty(), "");
    control.publish(run.failed(now, JobFailure.reason(why)));
  }

  /**
   * A run before it begins.
   *
   * @param run as it is announced
   * @param few whether one task sorts its rows
   * @param before the run before
   */
  private record Plan(RunRecord run, boolean few, Optional<Manifest> before) {}

  private Plan plan(ViewDefinition view, String trigger) {
    Table table = source(view);
    long snapshot = table.currentSnapshot().snapshotId();
    Position lakeEnd = Snapshots.position(table, snapshot).orElse(Position.empty());
    Iterable<Snapshot> ancestry = SnapshotUtil.ancestorsOf(snapshot, table::snapshot);
    Optional<String> topicId = Snapshots.besidePosition(ancestry, Snapshots.TOPIC_ID);
    SourceTopic.check("run " + view.name(), view.source(), known(view, topicId), topicId);
    String lost = Snapshots.besidePosition(ancestry, Snapshots.ALL_LOST).orElse("");
    Map<Integer, Progress> progress = live.apply(view);
    int partitions = TopicOffsets.read(config, view.source().topic()).partitions();
    Optional<Manifest> before = newestRun(view);
    Position boundary =
        Boundaries.choose(view, progress, partitions, lakeEnd, before.map(Manifest::boundary));
    boolean few = Math.max(Snapshots.rows(table), before.map(Manifest::rows).orElse(0L)) <= FEW;
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    return new Plan(
        started(view, boundary, snapshot, trigger, now, topicId, Loss.below(lost, boundary)),
        few,
        before);
  }

  private Table source(ViewDefinition view) {
    return lake.load(Lake.sourceId(view.source().lakeTable()))
        .filter(t -> t.currentSnapshot() != null)
        .orElseThrow(
            () ->
                new MillraceException(
                    ErrorCode.VIEW_NOT_READY,
                    "cannot run "
                        + view.name()
                        + ": found no lake table of "
                        + view.source().name()
                        + ", expected it archived; archive the source first"));
  }

  private RunRecord started(
      ViewDefinition view,
      Position boundary,
      long snapshot,
      String trigger,
      Instant now,
      Optional<String> topicId,
      String lost) {
    return new RunRecord(
        ids.next(now, control.state().runs().keySet()),
        view.name(),
        view.version(),
        RunRecord.Kind.FULL,
        Status.STARTED,
        boundary,
        snapshot,
        Lake.viewId(view).toString(),
        Optional.empty(),
        -1,
        now,
        Optional.empty(),
        trigger,
        Optional.empty(),
        topicId,
        lost);
  }

  /** The id of the source's topic, if the lake says which its own is. */
  private static Optional<String> known(ViewDefinition view, Optional<String> lakes) {
    return lakes.flatMap(any -> view.source().topicId());
  }

  /**
   * @param checksum of the rows in {@code files}
   * @param failed records below the boundary that the view throws on, and that are left out
   */
  private record Staged(StagedFiles files, String checksum, long failed) {}

  /**
   * Writes the rows. Few views ever throw, and looking whether they do is slow: so it is done once
   * Spark has failed on a record, from then on for as long as there is such a record.
   */
  private Staged stage(CompiledView compiled, Plan plan) {
    RunRecord run = plan.run();
    Dataset<Row> rows =
        LakeRows.below(spark, compiled.definition().source(), run.lakeSnapshotId(), run.boundary());
    if (!throwing.contains(run.viewId())) {
      try {
        return write(compiled, rows, plan, 0);
      } catch (Exception e) {
        if (!SparkViews.threwOnRecord(e)) {
          throw e;
        }
        LOG.info(
            "{} throws on a record ({}): it runs again without such records",
            run.viewId(),
            JobFailure.reason(e));
      }
    }
    long failed = SparkViews.thrownOn(compiled, rows).count();
    Staged staged = write(compiled, SparkViews.taken(compiled, rows), plan, failed);
    if (failed > 0) {
      LOG.warn("run {} left out {} records that {} throws on", run.runId(), failed, run.viewId());
      throwing.add(run.viewId());
    } else {
      throwing.remove(run.viewId());
    }
    return staged;
  }

  private Staged write(CompiledView compiled, Dataset<Row> rows, Plan plan, long failed) {
    Dataset<Row> states =
        sorted(BatchViewTypes.storable(SparkViews.states(compiled, spark, rows)), plan.few());
    Table table = lake.view(compiled.definition(), LakeSchema.of(states.schema()));
    RowSum sum = new RowSum();
    StagedFiles files = StagedFiles.write(table, sum.of(states));
    try {
      return new Staged(files, sum.checksum(), failed);
    } catch (RuntimeException e) {
      files.discard();
      throw e;
    }
  }

  private RunRecord execute(CompiledView compiled, Plan plan, RunOwner owned) {
    RunRecord run = plan.run();
    ViewDefinition view = compiled.definition();
    Staged made = stage(compiled, plan);
    owned.computed(run, made.failed());
    StagedFiles staged = made.files();
    Table table = staged.table();
    probe.reached(Probe.Moment.RUN_STAGED);
    try {
      checkSeam(view, run);
    } catch (Exception e) {
      staged.discard();
      throw e;
    }
    // Before the commit: a run that is there without it would be refused.
    Changes changes = new Changes(spark, source(view), compiled, CorrectedGroups.MOST_BYTES);
    try {
      changes.between(plan.before(), run, table).ifPresent(control::publish);
    } catch (Exception e) {
      // Also what Scala does not declare.
      staged.discard();
      throw e;
    }
    Manifest manifest = Manifest.of(run, staged.rows());
    OverwriteFiles overwrite = table.newOverwrite().overwriteByRowFilter(Expressions.alwaysTrue());
    staged.files().forEach(overwrite::addFile);
    manifest.properties().forEach(overwrite::set);
    overwrite.set(Manifest.CHECKSUM, made.checksum());
    overwrite.set(Manifest.FAILED, Long.toString(made.failed()));
    overwrite.validateWith(notBehind(run.boundary()));
    if (!Commits.commit(overwrite, table, Optional.of(staged))) {
      throw new MillraceException(
          ErrorCode.RUN_FAILED,
          "found a completed run with a boundary past "
              + run.boundary()
              + ", expected none; nothing needs to be done, the later run stands");
    }
    probe.reached(Probe.Moment.RUN_COMMITTED);
    table.refresh();
    return committed(run)
        .orElseThrow(
            () ->
                new IllegalStateException("run " + run.runId() + " committed without a snapshot"));
  }

  /**
   * The rows in the order of the batch view. Where they are few, one task sorts them all: Spark's
   * global sort samples them first, for which it computes them twice over.
   */
  private static Dataset<Row> sorted(Dataset<Row> states, boolean few) {
    return few
        ? states.coalesce(1).sortWithinPartitions(col(SparkViews.KEY))
        : states.orderBy(col(SparkViews.KEY));
  }

  /** The announcement of a run whose snapshot exists. */
  private Optional<RunRecord> committed(RunRecord run) {
    return lake.load(TableIdentifier.parse(run.table())).stream()
        .flatMap(table -> Manifest.completed(table, run.table()))
        .filter(record -> record.runId().equals(run.runId()))
        .findFirst();
  }

  private void checkSeam(ViewDefinition view, RunRecord run) {
    Map<Integer, Progress> progress = live.apply(view);
    if (!Boundaries.merges(run.boundary(), progress)) {
      throw new MillraceException(
          ErrorCode.SEGMENT_GAP,
          "found the speed layer's cuts "
              + cuts(progress)
              + " without the boundary "
              + run.boundary()
              + ", expected them to hold it; the next run chooses again");
    }
  }

  private static String cuts(Map<Integer, Progress> progress) {
    return progress.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> e.getKey() + ":" + e.getValue().cuts() + "…" + e.getValue().position())
        .collect(Collectors.joining(", "));
  }

  /** The newest run that is committed, announced or not. */
  private Optional<Manifest> newestRun(ViewDefinition view) {
    return lake.load(Lake.viewId(view))
        .flatMap(table -> Snapshots.newest(SnapshotUtil.currentAncestors(table), Manifest.RUN))
        .flatMap(Manifest::of);
  }

  private static SnapshotAncestryValidator notBehind(Position boundary) {
    return ancestry ->
        Snapshots.newest(ancestry, Manifest.BOUNDARY)
            .flatMap(Manifest::of)
            .map(newest -> boundary.covers(newest.boundary()))
            .orElse(true);
  }

  /**
   * Declares the run failed, unless its commit was made or may have been: then its announcement is
   * the {@link Reconciler}'s.
   */
  private MillraceException failed(RunRecord run, Throwable e) {
    String reason = JobFailure.reason(e);
    MillraceException failure =
        new MillraceException(
            ErrorCode.RUN_FAILED,
            "run " + run.runId() + " of " + run.view() + " failed: " + reason,
            e);
    try {
      if (!(e instanceof CommitStateUnknownException) && committed(run).isEmpty()) {
        control.publish(run.failed(clock.instant(), reason));
      }
    } catch (Exception unannounced) {
      failure.addSuppressed(unannounced);
    }
    return failure;
  }
}
