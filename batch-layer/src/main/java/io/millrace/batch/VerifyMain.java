package io.millrace.batch;

import io.millrace.batch.verify.VerifyJob;
import io.millrace.control.config.Arguments;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.process.JavaVersion;
import io.millrace.control.process.LayerMain;
import io.millrace.control.process.ParentWatch;
import io.millrace.lake.Lake;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.SparkSession;

/**
 * Computes answers of the serving layer again, from scratch, and compares: {@code --config FILE
 * [--parent-pid N]}, and on standard input the file of an answer a line. Of each it prints what
 * {@link VerifyJob#run} does, or why that failed, and then {@code end: 0} if no row differs, {@code
 * end: 1} otherwise. The input's end ends it: one start of Spark is enough for any number of
 * answers. Exit status: 0, or 1 and 2 as of every main.
 */
public final class VerifyMain {
  private static final Duration CATCH_UP = Duration.ofSeconds(20);

  private VerifyMain() {}

  public static void main(String[] args) {
    System.exit(LayerMain.exitStatus(System.err, () -> run(args)));
  }

  private static int run(String[] args) throws IOException {
    JavaVersion.check();
    Arguments arguments = Arguments.parse(args, Set.of("config", "parent-pid"));
    arguments
        .lastNumber("parent-pid")
        .ifPresent(pid -> ParentWatch.watch(pid, () -> Runtime.getRuntime().halt(1)));
    MillraceConfig config =
        MillraceConfig.load(arguments.last("config").map(Path::of), System.getenv(), Map.of());
    try (ControlLog control = ControlLog.open(config)) {
      SparkSession spark = BatchSession.open(config);
      try (Lake lake = Lake.open(config, spark.sparkContext().hadoopConfiguration())) {
        VerifyJob job = new VerifyJob(config, spark, lake, System.out, VerifyJob.ROWS_PER_PASS);
        BufferedReader answers =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String answer = answers.readLine(); answer != null; answer = answers.readLine()) {
          Path file = Path.of(answer);
          int status =
              LayerMain.exitStatus(
                  System.out, () -> job.run(control.catchUp(CATCH_UP), file) == 0 ? 0 : 1);
          System.out.println("end: " + status);
          System.out.flush();
        }
        return 0;
      } finally {
        spark.stop();
      }
    }
  }
}
