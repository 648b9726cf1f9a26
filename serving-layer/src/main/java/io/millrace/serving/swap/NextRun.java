package io.millrace.serving.swap;

import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.serving.live.SpeedView;
import io.millrace.serving.merge.GroupMerge;
import io.millrace.serving.merge.Seam;
import io.millrace.serving.store.RunData;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The run that is to take the answered one's place, while it is loaded and compared. It holds the
 * run's table until that is taken or dropped; {@link SwitchState} says how far it has come.
 *
 * <p>Thread-confined, but for {@link #coming}.
 */
final class NextRun {
  private final SpeedView speed;
  private SwitchState state = SwitchState.IDLE;
  private RunData loaded;
  private Optional<RunChoice> underWay = Optional.empty();
  private Optional<RunAudit> passed = Optional.empty();
  private long loadedAtNanos;

  /** Set while it is loading, too. */
  private volatile RunRecord coming;

  NextRun(SpeedView speed) {
    this.speed = speed;
  }

  /** The run on its way; any thread may ask. */
  Optional<RunRecord> coming() {
    return Optional.ofNullable(coming);
  }

  /** What is loaded was chosen so. */
  Optional<RunChoice> underWay() {
    return underWay;
  }

  /** The run whose rows are here. */
  Optional<RunData> loaded() {
    return Optional.ofNullable(loaded);
  }

  /** Notes that it may answer, as soon as this is said. */
  void passed(RunAudit audit) {
    passed = Optional.of(audit);
  }

  /** What is to be said of it before it answers; empty before its audit. */
  Optional<RunAudit> passed() {
    return passed;
  }

  /** How long its rows have been here. */
  long loadedForNanos() {
    return System.nanoTime() - loadedAtNanos;
  }

  /** Has the chosen run's rows here, or throws what the loader does. */
  void load(RunChoice choice, RunLoader loader, BooleanSupplier stopped) {
    RunRecord wanted = choice.run().orElseThrow();
    if (loaded != null) {
      if (loaded.run().runId().equals(wanted.runId())) {
        return;
      }
      drop();
    }
    coming = wanted;
    state = state.to(SwitchState.LOADING);
    try {
      loaded = loader.load(wanted, stopped);
      underWay = Optional.of(choice);
      loadedAtNanos = System.nanoTime();
      state = state.to(SwitchState.LOADED);
    } finally {
      if (loaded == null) {
        state = state.to(SwitchState.IDLE);
        coming = null;
      }
    }
  }

  /**
   * Returns if live state goes on where the run ends.
   *
   * @throws io.millrace.control.error.MillraceException {@code SEGMENT_GAP}, {@code TOPIC_CHANGED}
   */
  Seam fit() {
    return Seam.fit(
        loaded.subject(), loaded.run().boundary(), loaded.run().topicId(), speed.progress());
  }

  /** Compares it with {@code base} and live state. */
  Audit.Report compare(GroupMerge merge, Optional<RunData> base, Excuses excuses) {
    state = state.to(SwitchState.AUDITING);
    boolean compared = false;
    try (SpeedView.Pin pin = speed.pin()) {
      Audit.Report report = Audit.compare(merge, base, loaded, pin, excuses);
      compared = report.outcome() != Audit.Outcome.TOO_EARLY;
      return report;
    } finally {
      if (!compared) {
        state = state.to(SwitchState.LOADED);
      }
    }
  }

  /** Hands the loaded run over, with its table. */
  RunData take() {
    RunData taken = loaded;
    end();
    return taken;
  }

  /** Lets go of the loaded run. */
  void drop() {
    loaded.table().release();
    end();
  }

  private void end() {
    loaded = null;
    coming = null;
    underWay = Optional.empty();
    passed = Optional.empty();
    state = state.to(SwitchState.IDLE);
  }

  boolean closed() {
    return state == SwitchState.CLOSED;
  }

  void close() {
    if (loaded != null) {
      drop();
    }
    state = state.to(SwitchState.CLOSED);
  }
}
