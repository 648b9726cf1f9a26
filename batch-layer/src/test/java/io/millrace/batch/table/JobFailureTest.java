package io.millrace.batch.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

class JobFailureTest {
  @Test
  void shouldSayWhatIsBehindAJobInALine() {
    IOException root = new IOException("Mkdirs failed to create /lake/x\n\tat more");

    assertThat(JobFailure.reason(new SparkException("Job aborted", new SparkException("t", root))))
        .isEqualTo("Mkdirs failed to create /lake/x");
  }

  @Test
  void shouldSayThatADiskIsFull() {
    assertThat(
            JobFailure.reason(
                new SparkException("Job aborted", new IOException("No space left on device"))))
        .startsWith("found a full disk (no space left on device), expected room");
  }

  @Test
  void shouldReadWhatSparkOnlyQuotes() {
    String message =
        "Job aborted due to stage failure: Task 0 in stage 1.0 failed 1 times, most recent failure:"
            + " Lost task 0.0 in stage 1.0 (TID 1) (host executor driver):"
            + " java.io.IOException: the disk is gone\n\tat org.x.Y.z(Y.java:1)";

    assertThat(JobFailure.reason(new SparkException(message, null)))
        .isEqualTo("java.io.IOException: the disk is gone");
  }

  @Test
  void shouldKeepTheWordsOfMillraceAndNameWhatSaysNothing() {
    MillraceException known = new MillraceException(ErrorCode.SEGMENT_GAP, "found\na gap");

    assertThat(JobFailure.reason(new IllegalStateException("x", known))).isEqualTo("found\na gap");
    assertThat(JobFailure.reason(new NullPointerException())).isEqualTo("NullPointerException");
    assertThat(JobFailure.reason(new NoSuchFileException("/lake/x")))
        .isEqualTo("NoSuchFileException: /lake/x");
    assertThat(JobFailure.reason(new IllegalStateException("y".repeat(500) + " z"))).hasSize(401);
  }
}
