package io.millrace.batch;

import io.millrace.control.Arguments;
import io.millrace.control.ControlLog;
import io.millrace.control.ErrorCode;
import io.millrace.control.JavaVersion;
import io.millrace.control.LayerMain;
import io.millrace.control.MillraceConfig;
import io.millrace.control.MillraceException;
import io.millrace.control.ParentWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.SparkSession;

/**
 * Computes an answer of the serving layer again, from scratch, and compares: {@code --config FILE
 * --view NAME --answer FILE [--parent-pid N]}. The last line it prints is {@code verify: N rows
 * equal, M differ}. Exit status: 0 if none differ, 1 if some do or it failed, 2 on wrong usage.
 */
public final class VerifyMain {
  private VerifyMain() {}

  public static void main(String[] args) {
    System.exit(LayerMain.exitStatus(System.err, () -> run(args)));
  }

  private static int run(String[] args) {
    JavaVersion.check();
    Arguments arguments = Arguments.parse(args, Set.of("config", "view", "answer", "parent-pid"));
    arguments
        .lastNumber("parent-pid")
        .ifPresent(pid -> ParentWatch.watch(pid, () -> Runtime.getRuntime().halt(1)));
    String view = required(arguments, "view");
    Path answer = Path.of(required(arguments, "answer"));
    MillraceConfig config =
        MillraceConfig.load(arguments.last("config").map(Path::of), System.getenv(), Map.of());
    try (ControlLog control = ControlLog.open(config)) {
      SparkSession spark = BatchSession.open(config);
      try (Lake lake = Lake.open(config, spark.sparkContext().hadoopConfiguration())) {
        long differ =
            new VerifyJob(config, spark, lake, System.out, VerifyJob.ROWS_PER_PASS)
                .run(control.catchUp(Duration.ofSeconds(20)), view, answer);
        return differ == 0 ? 0 : 1;
      } finally {
        spark.stop();
      }
    }
  }

  private static String required(Arguments arguments, String name) {
    return arguments
        .last(name)
        .orElseThrow(
            () ->
                new MillraceException(
                    ErrorCode.CONFIG_INVALID,
                    "cannot verify: found no --" + name + ", expected one; add it"));
  }
}
