package io.millrace.control.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.DisconnectException;
import org.junit.jupiter.api.Test;

class ReasonTest {
  @Test
  void shouldHaveWordsForWhatHasNone() {
    assertThat(Reason.of(new TimeoutException())).isEqualTo("no answer in time");
    assertThat(Reason.of(new org.apache.kafka.common.errors.TimeoutException((String) null)))
        .isEqualTo("no answer in time");
    assertThat(Reason.of(new ExecutionException(new DisconnectException())))
        .isEqualTo("DisconnectException");
    assertThat(Reason.of(new KafkaException(null, new NoSuchFileException("/no/such"))))
        .isEqualTo("NoSuchFileException: /no/such");
    assertThat(Reason.of(new NullPointerException())).isEqualTo("NullPointerException");
    assertThat(Reason.of(new ExecutionException(null))).isEqualTo("ExecutionException");
  }

  @Test
  void shouldSayWhatIsBehindIt() {
    Throwable disk = new java.io.IOException("No space left on device");
    Throwable write = new RuntimeException("cannot write part-1", disk);

    assertThat(Reason.of(new CompletionException(write)))
        .isEqualTo("cannot write part-1: No space left on device");
    assertThat(Reason.of(new RuntimeException(disk)))
        .as("the message of a cause is said once")
        .isEqualTo("No space left on device");
    assertThat(Reason.of(new MillraceException(ErrorCode.INTERNAL, "cannot go: do this", disk)))
        .as("Millrace's own words are whole")
        .isEqualTo("cannot go: do this");
  }

  @Test
  void shouldEndWithCausesThatGoInACircle() {
    RuntimeException first = new RuntimeException("first one");
    first.initCause(new RuntimeException("second two", first));

    assertThat(Reason.of(first)).isEqualTo("first one: second two");
  }

  @Test
  void shouldKeepTheFirstLineAndTheLastCauseOfAStackTrace() {
    String spark =
        """
        Job aborted due to stage failure: Task 0 in stage 3.0 failed 1 times, most recent failure: \
        Lost task 0.0 in stage 3.0 (TID 3) (host executor driver): java.io.UncheckedIOException: x
        \tat org.example.Writer.close(Writer.java:12)
        \tat java.base/java.lang.Thread.run(Thread.java:840)
        Caused by: java.lang.IllegalStateException: half way
        \t... 12 more
        Caused by: java.io.IOException: No space left on device
        \tat org.example.Disk.write(Disk.java:1)
        \t... 13 more

        Driver stacktrace:""";

    assertThat(Reason.brief(spark))
        .isEqualTo(
            "Job aborted due to stage failure: Task 0 in stage 3.0 failed 1 times, most recent"
                + " failure: Lost task 0.0 in stage 3.0 (TID 3) (host executor driver):"
                + " java.io.UncheckedIOException: x; java.io.IOException: No space left on device");
    assertThat(Reason.brief("found A, expected B; do C")).isEqualTo("found A, expected B; do C");
    assertThat(Reason.brief("[AMBIGUOUS] a plan\n+- Project\n   +- Scan"))
        .isEqualTo("[AMBIGUOUS] a plan");
    assertThat(Reason.brief("cannot use it: found a\n  and: found b\n"))
        .as("a list of problems is no stack trace")
        .isEqualTo("cannot use it: found a; and: found b");
    assertThat(Reason.brief("cannot read a-0: do A\ncannot read a-1: do B"))
        .isEqualTo("cannot read a-0: do A; cannot read a-1: do B");
    assertThat(Reason.brief("\n  \n")).isEqualTo("no reason given");
  }

  @Test
  void shouldBeAFewLinesLongWhateverIsQuoted() {
    assertThat(Reason.brief("x".repeat(100_000))).hasSize(600).endsWith("…");
    assertThat(
            Reason.of(new RuntimeException("a".repeat(5_000), new RuntimeException("disk full"))))
        .as("the cause is not what is cut off")
        .hasSizeLessThanOrEqualTo(600)
        .endsWith("disk full");
  }
}
