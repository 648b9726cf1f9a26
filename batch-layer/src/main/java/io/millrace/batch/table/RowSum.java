package io.millrace.batch.table;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.xxhash64;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.lake.RowChecksum;
import io.millrace.view.spark.SparkViews;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import scala.concurrent.Await;
import scala.jdk.javaapi.DurationConverters;

/**
 * The {@link RowChecksum} of the rows of a batch view, taken by the job that writes them. Used
 * once.
 *
 * <p>It is added up above the last shuffle, in the tasks that write: Spark counts each of these
 * once, whatever it repeats. A sum of BIGINT that overflows wraps around, for ANSI mode is off.
 */
public final class RowSum {
  /** Spark tells what it observed on a thread of its own, soon after the job has ended. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Observation observed = new Observation();

  /** The rows, observed: they are to be written as they are. */
  public Dataset<Row> of(Dataset<Row> states) {
    return states.observe(
        observed, sum(xxhash64(col(SparkViews.KEY), col(SparkViews.STATE))).as("sum"));
  }

  /**
   * The checksum, once the rows are written.
   *
   * @throws MillraceException {@code RUN_FAILED} if Spark does not say
   */
  public String checksum() {
    try {
      Row row = Await.result(observed.future(), DurationConverters.toScala(PATIENCE));
      return RowChecksum.text(row.isNullAt(0) ? 0 : row.getLong(0));
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new MillraceException(
          ErrorCode.RUN_FAILED,
          "cannot take the checksum of the rows written: found "
              + (e instanceof TimeoutException ? "nothing from Spark in " + PATIENCE : e)
              + ", expected their sum; the run is repeated",
          e);
    }
  }
}
