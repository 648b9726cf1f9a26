package io.millrace.serving;

import io.millrace.control.ControlState;
import io.millrace.control.ErrorCode;
import io.millrace.control.MillraceException;
import io.millrace.control.RunRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which run a view version is answered from, and how the next one takes its place.
 *
 * <pre>
 *            ┌─────────── newer run completed ────────────┐
 *            ▼                                            │
 *   IDLE ─▶ LOADED ─▶ (seam fits?) ─▶ (audit equal?) ─▶ ANSWERED
 *    ▲        │            no: stays, asks again     no: REFUSED, the old run stays
 *    └────────┘ cannot be read: asks again later
 * </pre>
 *
 * <p>When the replica starts, the run before the newest is loaded first, so that the newest is
 * audited before it answers just as if the replica had been there all along.
 *
 * <p>{@link #advance} and {@link #close} belong to one thread; the rest is thread-safe.
 */
final class RunSwitch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunSwitch.class);
  private static final long RETRY_NANOS = Duration.ofSeconds(5).toNanos();
  private static final long AUDIT_PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

  private final ServedView view;
  private volatile RunData answered;
  private volatile MillraceException problem;
  private volatile Optional<Audit.Report> lastAudit = Optional.empty();
  private volatile long swaps;
  private volatile String waitsFor = "its first run to complete";

  private RunData loaded;
  private long loadedAtNanos;
  private boolean baseTried;
  private String refusedRun = "";
  private MillraceException alarm;
  private long retryAtNanos = System.nanoTime();

  RunSwitch(ServedView view) {
    this.view = view;
  }

  /** The run queries are answered from. */
  Optional<RunData> answered() {
    return Optional.ofNullable(answered);
  }

  /** What keeps the newest run from being answered: a gap, a mismatch, an unreadable table. */
  Optional<MillraceException> problem() {
    return Optional.ofNullable(problem);
  }

  Optional<Audit.Report> lastAudit() {
    return lastAudit;
  }

  /** How often a run has taken the place of another. */
  long swaps() {
    return swaps;
  }

  /** What is missing until {@link #answered} is present, for people. */
  String waitsFor() {
    MillraceException last = problem;
    return last == null ? waitsFor : waitsFor + " (" + last.getMessage() + ")";
  }

  /**
   * Takes one step towards the newest completed run, if there is one to take.
   *
   * @return whether something changed
   */
  boolean advance(ControlState state, BatchLoader loader, Lake lake) {
    List<RunRecord> completed = state.runs(view.definition().id(), RunRecord.Status.COMPLETED);
    if (completed.isEmpty()) {
      return false;
    }
    boolean base = answered == null && !baseTried && completed.size() > 1;
    RunRecord wanted = completed.get(completed.size() - (base ? 2 : 1));
    if (answered != null && answered.run().runId().equals(wanted.runId())) {
      return false;
    }
    boolean reportOnly = Audit.Mode.of(currentDefinition(state)) == Audit.Mode.REPORT;
    if (refusedRun.equals(wanted.runId()) && !reportOnly) {
      return false;
    }
    if (loaded != null && !loaded.run().runId().equals(wanted.runId())) {
      dropLoaded();
    }
    if (loaded == null && !load(wanted, base, loader)) {
      return false;
    }
    if (!view.speed().isCaughtUp() || !fits(base)) {
      return false;
    }
    if (answered != null && !audited(lake, reportOnly)) {
      return false;
    }
    swap(base);
    return true;
  }

  private boolean load(RunRecord wanted, boolean base, BatchLoader loader) {
    if (System.nanoTime() < retryAtNanos) {
      return false;
    }
    try {
      waitsFor = "run " + wanted.runId() + " to be loaded";
      loaded = loader.load(wanted);
      loadedAtNanos = System.nanoTime();
      waitsFor = "run " + wanted.runId() + " to fit its live state";
      return true;
    } catch (RuntimeException e) {
      if (base) {
        LOG.info("view {}: starts with the newest run: {}", wanted.view(), e.toString());
        baseTried = true;
        return false;
      }
      retryAtNanos = System.nanoTime() + RETRY_NANOS;
      report(
          e instanceof MillraceException known
              ? known
              : new MillraceException(
                  ErrorCode.RUN_FAILED,
                  "cannot load run "
                      + wanted.runId()
                      + " of view "
                      + wanted.view()
                      + ": found "
                      + e
                      + ", expected its rows to be readable; it is tried again every 5 s",
                  e));
      return false;
    }
  }

  private boolean fits(boolean base) {
    try {
      Seam.fit(ViewPin.subject(loaded), loaded.run().boundary(), view.speed().progress());
      return true;
    } catch (MillraceException gap) {
      if (base) {
        LOG.info("view {}: starts with the newest run: {}", loaded.run().view(), gap.getMessage());
        baseTried = true;
        dropLoaded();
      } else {
        report(gap);
      }
      return false;
    }
  }

  private boolean audited(Lake lake, boolean reportOnly) {
    boolean patient = System.nanoTime() - loadedAtNanos < AUDIT_PATIENCE_NANOS;
    Audit.Report report;
    try (SpeedView.Pin pin = view.speed().pin()) {
      report = Audit.compare(view, answered, loaded, pin);
    }
    if (report.outcome() == Audit.Outcome.TOO_EARLY && patient) {
      return false;
    }
    // Once a run has been refused, only a comparison that succeeds, or an explanation, ends it.
    boolean refused =
        report.outcome() == Audit.Outcome.DIFFERENT
            || (alarm != null && report.outcome() != Audit.Outcome.EQUAL);
    if (refused) {
      Optional<String> correction =
          lake.correctionBetween(view.definition(), answered.run(), loaded.run());
      if (correction.isPresent()) {
        report = report.explained(correction.get());
      } else if (reportOnly) {
        report = report.explained("the view's property 'audit' = 'report'");
      }
      refused = report.outcome() != Audit.Outcome.CORRECTED;
    }
    lastAudit = Optional.of(report);
    if (refused) {
      refusedRun = loaded.run().runId();
      alarm = report.outcome() == Audit.Outcome.DIFFERENT ? report.mismatch() : alarm;
      report(alarm);
      dropLoaded();
      return false;
    }
    LOG.info("view {}: audit of run {}: {}", loaded.run().view(), loaded.run().runId(), report);
    return true;
  }

  private void swap(boolean base) {
    RunData old = answered;
    answered = loaded;
    loaded = null;
    problem = null;
    alarm = null;
    baseTried = baseTried || base;
    if (old != null) {
      swaps++;
      old.table().release();
    }
    LOG.info(
        "view {}: answers from run {} at boundary {}",
        answered.run().view(),
        answered.run().runId(),
        answered.run().boundary());
  }

  private void report(MillraceException found) {
    MillraceException last = problem;
    if (last == null || !last.getMessage().equals(found.getMessage())) {
      LOG.error("{} {}", found.code(), found.getMessage());
    }
    problem = found;
  }

  /** The definition as applied last: its properties may change without a new version. */
  private io.millrace.control.ViewDefinition currentDefinition(ControlState state) {
    return state.views().getOrDefault(view.definition().id(), view.definition());
  }

  private void dropLoaded() {
    loaded.table().release();
    loaded = null;
  }

  @Override
  public void close() {
    if (loaded != null) {
      dropLoaded();
    }
    RunData last = answered;
    if (last != null) {
      answered = null;
      last.table().release();
    }
  }
}
