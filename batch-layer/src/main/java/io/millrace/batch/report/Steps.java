package io.millrace.batch.report;

import io.millrace.batch.table.JobFailure;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.KafkaRefusal;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out steps so that what one throws ends that step alone: a checked exception that Scala
 * does not declare and an error as well. The status says what failed until it has worked again.
 * Thread-safe.
 */
public final class Steps {
  private static final Logger LOG = LoggerFactory.getLogger(Steps.class);

  /** A step; Scala throws anything. */
  @FunctionalInterface
  public interface Step {
    void run() throws Exception;
  }

  private final BatchStatus status;
  private final BooleanSupplier stopping;

  /**
   * @param stopping whether failures are but the end of the process
   */
  public Steps(BatchStatus status, BooleanSupplier stopping) {
    this.status = status;
    this.stopping = stopping;
  }

  /**
   * @param what as of {@link BatchStatus#error}
   * @return why it failed; empty if it did not
   */
  public Optional<Throwable> run(String what, Step step) {
    try {
      step.run();
      status.clear(what);
      return Optional.empty();
    } catch (Throwable e) {
      failed(what, e);
      return Optional.of(e);
    }
  }

  private void failed(String what, Throwable e) {
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    if (stopping.getAsBoolean()) {
      LOG.info("{}: stopped: {}", what, e.getMessage());
      return;
    }
    Optional<MillraceException> known = KafkaRefusal.explain(e);
    if (known.isPresent()) {
      LOG.warn("{}: {} {}", what, known.get().code(), known.get().getMessage());
      LOG.debug("{}", what, e);
    } else {
      LOG.error("{}", what, e);
    }
    status.error(what, text(e));
  }

  /** What failed, in a line: a code if there is one, and the message. */
  public static String text(Throwable e) {
    return KafkaRefusal.explain(e)
        .map(known -> known.code() + ": " + known.getMessage())
        .orElseGet(() -> JobFailure.reason(e));
  }
}
