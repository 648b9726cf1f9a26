package io.millrace.batch.verify;

import java.io.PrintStream;
import java.time.Duration;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;

/**
 * Prints {@code progress: N of M records} at most once a second while records are read. Lines come
 * as tasks end, from a thread of Spark's.
 */
final class VerifyProgress extends SparkListener implements AutoCloseable {
  private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

  private final SparkSession spark;
  private final long all;
  private final PrintStream out;
  private long read;
  private long shownAt = System.nanoTime() - PAUSE_NANOS;

  private VerifyProgress(SparkSession spark, long all, PrintStream out) {
    this.spark = spark;
    this.all = all;
    this.out = out;
  }

  /** Shows what Spark reads from now on, until closed. */
  static VerifyProgress show(SparkSession spark, long all, PrintStream out) {
    VerifyProgress progress = new VerifyProgress(spark, all, out);
    spark.sparkContext().addSparkListener(progress);
    progress.print();
    return progress;
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    if (end.taskMetrics() != null) {
      read += end.taskMetrics().inputMetrics().recordsRead();
      if (System.nanoTime() - shownAt >= PAUSE_NANOS) {
        print();
      }
    }
  }

  private void print() {
    shownAt = System.nanoTime();
    out.println("progress: " + Math.min(read, all) + " of " + all + " records");
    out.flush();
  }

  @Override
  public void close() {
    spark.sparkContext().removeSparkListener(this);
  }
}
