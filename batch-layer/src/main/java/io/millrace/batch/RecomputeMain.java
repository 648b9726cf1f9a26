package io.millrace.batch;

import io.millrace.batch.report.BatchStatus;
import io.millrace.control.config.Arguments;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.process.JavaVersion;
import io.millrace.control.process.LayerMain;
import io.millrace.lake.Lake;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives and runs views once and ends, beside a driver or without one: {@code --config FILE
 * [--view NAME …] [--accept-loss SOURCE …] [--restore-position SOURCE …]}. Made for spark-submit,
 * whose master and settings it keeps. Without {@code --view} it also clears away old runs, retired
 * versions and small files.
 *
 * <p>Prints a line per view. Exit status: 0 if every run completed, 1 if one failed, 2 on wrong
 * usage or configuration.
 */
public final class RecomputeMain {
  private static final Logger LOG = LoggerFactory.getLogger(RecomputeMain.class);
  private static final long REPORT_MS = 2_000;

  private RecomputeMain() {}

  public static void main(String[] args) {
    System.exit(LayerMain.exitStatus(System.err, () -> run(args)));
  }

  private static int run(String[] args) throws InterruptedException {
    JavaVersion.check();
    Arguments arguments =
        Arguments.parse(args, Set.of("config", "view", "accept-loss", "restore-position"));
    MillraceConfig config =
        MillraceConfig.load(arguments.last("config").map(Path::of), System.getenv(), Map.of());
    try (ControlLog control = ControlLog.open(config)) {
      // Before Spark is opened: a wrong name needs no cluster.
      RecomputeJob.views(control.state(), arguments.all("view"));
      return run(config, control, arguments);
    }
  }

  private static int run(MillraceConfig config, ControlLog control, Arguments arguments)
      throws InterruptedException {
    BatchStatus status = new BatchStatus();
    Instant startedAt = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    ScheduledExecutorService reports =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "status");
              thread.setDaemon(true);
              return thread;
            });
    // A run that is announced must have an owner that is heard of, or a driver declares it dead.
    reports.scheduleAtFixedRate(
        () -> report(control, status(status, startedAt, "running")),
        0,
        REPORT_MS,
        TimeUnit.MILLISECONDS);
    SparkSession spark = BatchSession.open(config);
    try (Lake lake = Lake.open(config, spark.sparkContext().hadoopConfiguration())) {
      RecomputeJob job = new RecomputeJob(config, spark, control, lake, status, System.out);
      job.restorePosition(arguments.all("restore-position"));
      job.acceptLoss(arguments.all("accept-loss"));
      return job.run(arguments.all("view")) == 0 ? 0 : 1;
    } finally {
      reports.shutdownNow();
      spark.stop();
      reports.awaitTermination(REPORT_MS, TimeUnit.MILLISECONDS);
      control.withdraw("batch", LayerMain.instance());
    }
  }

  /** A report that throws would be the last. */
  private static void report(ControlLog control, LayerStatus status) {
    try {
      control.report(status);
    } catch (RuntimeException e) {
      LOG.warn("cannot report the status", e);
    }
  }

  private static LayerStatus status(BatchStatus status, Instant startedAt, String state) {
    return new LayerStatus(
        "batch",
        LayerMain.instance(),
        state,
        startedAt,
        Instant.now().truncatedTo(ChronoUnit.MILLIS),
        status.details());
  }
}
