package io.millrace.serving.swap;

import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refusals made here, until the control topic has them. Thread-confined. */
final class RefusalBook {
  private static final Logger LOG = LoggerFactory.getLogger(RefusalBook.class);
  private static final long RETRY_NANOS = Duration.ofSeconds(5).toNanos();

  private final String viewId;
  private final Map<String, Refusal> unsaid = new TreeMap<>();
  private long sayAtNanos = System.nanoTime();

  RefusalBook(String viewId) {
    this.viewId = viewId;
  }

  void add(Refusal refusal) {
    unsaid.put(refusal.runId(), refusal);
  }

  /** Ids of the runs whose refusal the control topic has not got yet. */
  Set<String> unsaid() {
    return Set.copyOf(unsaid.keySet());
  }

  /**
   * Says what is unsaid; tried again later if it cannot be said now. Of a run of which somebody has
   * said something meanwhile, that stands: a person may have accepted or rejected it.
   *
   * @param accepted the run that answers although it is refused, because differences are only
   *     reported: its refusal is taken back
   */
  void settle(ControlState state, Optional<String> accepted, ControlWriter writer) {
    unsaid.keySet().removeAll(state.refusals().keySet());
    Optional<Refusal> takenBack = accepted.flatMap(state::refusal);
    if (unsaid.isEmpty() && takenBack.isEmpty() || System.nanoTime() < sayAtNanos) {
      return;
    }
    try {
      for (Refusal refusal : List.copyOf(unsaid.values())) {
        writer.publish(refusal);
        unsaid.remove(refusal.runId());
      }
      takenBack.ifPresent(refusal -> writer.publish(refusal.accepted(Instant.now())));
    } catch (MillraceException e) {
      sayAtNanos = System.nanoTime() + RETRY_NANOS;
      LOG.error(
          "cannot write to the control topic which run of view {} is refused: {} {}; tried again",
          viewId,
          e.code(),
          e.getMessage());
    }
  }
}
