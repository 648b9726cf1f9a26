package io.millrace.batch.care;

import io.millrace.batch.run.FirstRuns;
import io.millrace.batch.table.JobFailure;
import io.millrace.batch.topic.SpeedProgress;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.Lake;
import java.io.PrintStream;
import java.time.Clock;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a job that runs all views once clears away, as the driver does between runs: old runs,
 * retired versions, small files. It never fails the job: what is not done now is done by the next
 * one. Not thread-safe.
 */
public final class Housekeeping {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

  private final ControlLog control;
  private final Lake lake;
  private final Retention retention;
  private final FirstRuns firstRuns;
  private final LakeCare care;
  private final PrintStream out;

  public Housekeeping(
      MillraceConfig config,
      SparkSession spark,
      ControlLog control,
      Lake lake,
      Clock clock,
      PrintStream out) {
    this.control = control;
    this.lake = lake;
    this.retention = new Retention(config, lake, control, clock);
    this.firstRuns = new FirstRuns(view -> SpeedProgress.newest(config, view), control, clock);
    this.care = new LakeCare(spark, clock);
    this.out = out;
  }

  /** Before the first run: notes what is retired already, which {@link #end} may then remove. */
  public void begin() {
    attempt("look for retired versions", () -> retention.sweep(Set.of()));
  }

  public void completed(ViewDefinition view, RunRecord run) {
    attempt(
        "forget old runs of " + view.name(),
        () -> {
          firstRuns.completed(view, run);
          retention.keepRuns(view);
        });
  }

  /** After the last run. */
  public void end(ControlState state) {
    attempt("clear away retired versions", () -> retention.sweep(firstRuns.ready()));
    for (String source : state.lakeTables()) {
      attempt(
          "look after the lake table of " + source,
          () -> lake.load(Lake.sourceId(source)).ifPresent(table -> care.tend(table, state)));
    }
  }

  private void attempt(String what, Runnable work) {
    try {
      work.run();
    } catch (Exception e) {
      // Also what Scala does not declare.
      LOG.warn("did not {}", what, e);
      String why =
          KafkaRefusal.explain(e)
              .map(known -> known.code() + ": " + known.getMessage())
              .orElseGet(() -> JobFailure.reason(e));
      out.println("did not " + what + ": " + why);
    }
  }
}
