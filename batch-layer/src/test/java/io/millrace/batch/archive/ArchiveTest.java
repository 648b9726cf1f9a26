package io.millrace.batch.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.time.Duration;
import org.apache.spark.sql.Observation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ArchiveTest {
  /** As of a job whose end Spark had no room to announce. */
  @Test
  @Timeout(30)
  void shouldNotWaitForEverForWhatSparkHasNotSaid() {
    assertThatThrownBy(() -> Archive.rejected("orders", new Observation(), Duration.ofMillis(50)))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith(
            "cannot archive orders: found that Spark has not said within 50 ms of the job's end how"
                + " many records it rejected, expected it at once; it is archived again")
        .satisfies(e -> assertThat(((MillraceException) e).code()).isEqualTo(ErrorCode.RUN_FAILED));
  }
}
