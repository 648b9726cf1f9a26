package io.millrace.batch;

import io.millrace.batch.archive.Archive;
import io.millrace.batch.care.Housekeeping;
import io.millrace.batch.report.BatchStatus;
import io.millrace.batch.report.Steps;
import io.millrace.batch.run.Recompute;
import io.millrace.batch.run.Reconciler;
import io.millrace.batch.table.Probe;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.Lake;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Archives and runs views once: what {@link RecomputeMain} does when everything is open. */
public final class RecomputeJob {
  private static final Logger LOG = LoggerFactory.getLogger(RecomputeJob.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final ControlLog control;
  private final Lake lake;
  private final Archive archive;
  private final Recompute recompute;
  private final Housekeeping housekeeping;
  private final BatchStatus status;
  private final PrintStream out;

  public RecomputeJob(
      MillraceConfig config,
      SparkSession spark,
      ControlLog control,
      Lake lake,
      BatchStatus status,
      PrintStream out) {
    Clock clock = Clock.systemUTC();
    this.control = control;
    this.lake = lake;
    this.archive = new Archive(config, spark, lake, Probe.NONE, Archive.OFFSETS_PER_STEP);
    this.recompute = new Recompute(config, spark, lake, control, clock, Probe.NONE);
    this.housekeeping = new Housekeeping(config, spark, control, lake, clock, out);
    this.status = status;
    this.out = out;
  }

  /** Accepts the loss of records that Kafka has deleted, for each of the sources. */
  void acceptLoss(List<String> sources) {
    ControlState state = control.catchUp(PATIENCE);
    for (String name : sources) {
      String lost = archive.acceptLoss(source(state, name, "accept the loss of records of "));
      out.println(name + ": " + (lost.isEmpty() ? "nothing is lost" : "gave up " + lost));
    }
  }

  /** Gives the lake tables of these sources a position again where it has been lost. */
  void restorePosition(List<String> sources) {
    ControlState state = control.catchUp(PATIENCE);
    for (String name : sources) {
      Position position = archive.restorePosition(source(state, name, "restore the position of "));
      out.println(name + ": the lake stands at " + position);
    }
  }

  private static SourceDefinition source(ControlState state, String name, String what) {
    SourceDefinition source = state.sources().get(name);
    if (source == null) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot "
              + what
              + name
              + ": found no such source, expected one of "
              + state.sources().keySet());
    }
    return source;
  }

  /**
   * @param names views to run; empty: all, and old runs, retired versions and small files are
   *     cleared away
   * @return how many runs failed; each is printed with its reason
   * @throws MillraceException {@code VIEW_UNKNOWN}, before anything runs
   */
  public int run(List<String> names) {
    ControlState state = control.catchUp(PATIENCE);
    new Reconciler(lake, control, Clock.systemUTC()).run(Set.of());
    List<ViewDefinition> views = views(state, names);
    boolean all = names.isEmpty();
    if (all) {
      housekeeping.begin();
    }
    int failed = 0;
    Set<String> archived = new HashSet<>();
    for (ViewDefinition view : views) {
      long started = System.nanoTime();
      try {
        SourceDefinition source = state.sources().getOrDefault(view.source().name(), view.source());
        if (!archived.contains(source.name())) {
          status.archived(source.name(), archive.run(source), Clock.systemUTC().instant());
          archived.add(source.name());
        }
        RunRecord run = recompute.run(view, "submit", status);
        status.ran(run);
        out.printf(
            "%s: run %s completed, %d rows below %s in %d ms%s%n",
            view.name(),
            run.runId(),
            run.rows(),
            run.boundary(),
            (System.nanoTime() - started) / 1_000_000,
            leftOut(view));
        if (all) {
          housekeeping.completed(view, run);
        }
      } catch (Exception e) {
        // Also what Scala does not declare. The other views have their runs.
        failed++;
        LOG.error("{}", view.name(), e);
        out.println(view.name() + ": " + Steps.text(e));
      }
    }
    if (all) {
      housekeeping.end(control.catchUp(PATIENCE));
    }
    return failed;
  }

  private String leftOut(ViewDefinition view) {
    long records = status.failed().getOrDefault(view.name(), 0L);
    return records == 0 ? "" : ", without " + records + " records that the view throws on";
  }

  /**
   * The newest versions of the views called so, of all if none is named.
   *
   * @throws MillraceException {@code VIEW_UNKNOWN}
   */
  static List<ViewDefinition> views(ControlState state, List<String> names) {
    if (names.isEmpty()) {
      return List.copyOf(state.currentViews());
    }
    List<ViewDefinition> views = new ArrayList<>();
    for (String name : names) {
      views.add(
          state
              .current(name)
              .orElseThrow(
                  () ->
                      new MillraceException(
                          ErrorCode.VIEW_UNKNOWN,
                          "cannot run "
                              + name
                              + ": found no such view, expected one of "
                              + state.currentViews().stream().map(ViewDefinition::name).toList()
                              + "; apply it first")));
    }
    return views;
  }
}
