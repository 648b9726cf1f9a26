package io.millrace.serving.swap;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.Lake;
import io.millrace.serving.live.SpeedView;
import io.millrace.serving.merge.Seam;
import io.millrace.serving.store.RunData;
import io.millrace.serving.view.ServedView;
import io.millrace.serving.view.ViewPin;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
 * <p>When the replica starts, the sound run before the newest is loaded first, so that the newest
 * is audited before it answers just as if the replica had been there all along. If there is none,
 * it is audited against a run over nothing, where live state is of all records. A refusal is
 * written to the control topic, so that a refused run is nobody's base, now or after a restart. A
 * run that a person rejected is left again, for the sound one before it ({@code
 * docs/decisions/0603-audit-before-the-swap.md}).
 *
 * <p>{@link #advance} and {@link #close} belong to one thread; the rest is thread-safe.
 */
public final class RunSwitch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunSwitch.class);
  private static final long RETRY_NANOS = Duration.ofSeconds(5).toNanos();
  private static final long AUDIT_PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

  private final ServedView view;
  private volatile RunData answered;
  private volatile MillraceException problem;
  private volatile Optional<Audit.Report> lastAudit = Optional.empty();
  private volatile long swaps;
  private volatile String waitsFor = "its first run to complete";
  private volatile boolean beforeFirst;

  private RunData loaded;
  private long loadedAtNanos;
  private boolean baseTried;
  private long retryAtNanos = System.nanoTime();

  /** Made here and not in the control topic yet, by run id. */
  private final Map<String, Refusal> unsaid = new TreeMap<>();

  private long sayAtNanos = System.nanoTime();

  /** Why a run newer than the answered one is refused; null if none is. */
  private MillraceException alarm;

  public RunSwitch(ServedView view) {
    this.view = view;
  }

  /** The run queries are answered from. */
  public Optional<RunData> answered() {
    return Optional.ofNullable(answered);
  }

  /**
   * Whether no run has been answered from yet, here or elsewhere: none had completed when this was
   * last idle, or every one that has is refused. Sound runs are kept, so there was none.
   */
  public boolean beforeFirst() {
    return beforeFirst && answered == null;
  }

  /** What keeps the newest run from being answered: a gap, a mismatch, an unreadable table. */
  public Optional<MillraceException> problem() {
    return Optional.ofNullable(problem);
  }

  public Optional<Audit.Report> lastAudit() {
    return lastAudit;
  }

  /** How often a run has taken the place of another. */
  public long swaps() {
    return swaps;
  }

  /** What is missing until {@link #answered} is present, for people. */
  public String waitsFor() {
    MillraceException last = problem;
    return last == null ? waitsFor : waitsFor + " (" + last.getMessage() + ")";
  }

  /** Where refusals are written; may block, and throw {@link MillraceException}. */
  public interface Refusals {
    void publish(Refusal refusal);
  }

  /**
   * Takes one step towards the newest completed run, if there is one to take.
   *
   * @return whether something changed
   */
  public boolean advance(ControlState state, BatchLoader loader, Lake lake, Refusals refusals) {
    String id = view.definition().id();
    List<RunRecord> completed = state.runs(id, RunRecord.Status.COMPLETED);
    if (state.sound(id).isEmpty()) {
      beforeFirst = true;
    }
    if (completed.isEmpty()) {
      return false;
    }
    boolean reportOnly = Audit.Mode.of(currentDefinition(state)) == Audit.Mode.REPORT;
    settleRefusals(state, reportOnly, refusals);
    if (answered != null && rejected(answered.run(), state)) {
      return goBack(state, loader);
    }
    RunRecord newest = completed.get(completed.size() - 1);
    if (answered != null && answered.run().runId().equals(newest.runId())) {
      return false;
    }
    boolean accepted = accepted(newest, state);
    Optional<RunRecord> base =
        answered != null || baseTried || accepted
            ? Optional.empty()
            : state.sound(id).stream()
                .filter(run -> run != newest && !unsaid.containsKey(run.runId()))
                .reduce((earlier, later) -> later);
    raiseAlarm(state, completed, base);
    if (base.isEmpty() && !accepted && mayNotAnswer(newest, state, reportOnly)) {
      report(alarm);
      return false;
    }
    RunRecord wanted = base.orElse(newest);
    if (loaded != null && !loaded.run().runId().equals(wanted.runId())) {
      dropLoaded();
    }
    boolean mayDoWithout = base.isPresent() && (alarm == null || reportOnly);
    if (loaded == null && !load(wanted, mayDoWithout, loader)) {
      return false;
    }
    if (!view.speed().isCaughtUp() || !fits(mayDoWithout)) {
      return false;
    }
    if (base.isEmpty() && !accepted && !audited(state, lake, reportOnly)) {
      settleRefusals(state, reportOnly, refusals);
      return false;
    }
    swap(base.isPresent());
    return true;
  }

  private boolean mayNotAnswer(RunRecord newest, ControlState state, boolean reportOnly) {
    if (reportOnly || alarm == null) {
      return false;
    }
    // What cannot be compared cannot end the alarm.
    return (answered == null && !liveIsWhole())
        || unsaid.containsKey(newest.runId())
        || state.refused(newest.runId());
  }

  /** Whether live state alone could answer, as of a run over nothing. */
  private boolean liveIsWhole() {
    try (SpeedView.Pin pin = view.speed().pin()) {
      return pin.isWhole();
    }
  }

  private static boolean accepted(RunRecord run, ControlState state) {
    return state.refusals().containsKey(run.runId()) && !state.refused(run.runId());
  }

  private static boolean rejected(RunRecord run, ControlState state) {
    return state.refusal(run.runId()).filter(Refusal::rejected).isPresent();
  }

  /** Leaves a run that somebody rejected, for the newest sound one before it. */
  private boolean goBack(ControlState state, BatchLoader loader) {
    RunRecord left = answered.run();
    alarm =
        new MillraceException(
            ErrorCode.AUDIT_MISMATCH, state.refusal(left.runId()).orElseThrow().reason());
    Optional<RunRecord> back =
        state.sound(left.viewId()).stream()
            .filter(run -> run.runId().compareTo(left.runId()) < 0)
            .reduce((earlier, later) -> later);
    if (back.isEmpty()) {
      report(alarm);
      return false;
    }
    if (loaded != null && !loaded.run().runId().equals(back.get().runId())) {
      dropLoaded();
    }
    if (loaded == null && !load(back.get(), false, loader)) {
      return false;
    }
    if (!view.speed().isCaughtUp() || !fits(false)) {
      return false;
    }
    swap(true);
    return true;
  }

  /** Says what is unsaid; where differences are only reported, accepts the run that answers. */
  private void settleRefusals(ControlState state, boolean reportOnly, Refusals refusals) {
    Optional<Refusal> accepted =
        answered()
            .filter(run -> reportOnly && !rejected(run.run(), state))
            .flatMap(run -> state.refusal(run.run().runId()));
    if (unsaid.isEmpty() && accepted.isEmpty() || System.nanoTime() < sayAtNanos) {
      return;
    }
    try {
      for (Refusal refusal : List.copyOf(unsaid.values())) {
        refusals.publish(refusal);
        unsaid.remove(refusal.runId());
      }
      accepted.ifPresent(refusal -> refusals.publish(refusal.accepted(Instant.now())));
    } catch (MillraceException e) {
      sayAtNanos = System.nanoTime() + RETRY_NANOS;
      LOG.error(
          "cannot write to the control topic which run of view {} is refused: {} {}; tried again",
          view.definition().id(),
          e.code(),
          e.getMessage());
    }
  }

  /** A refusal stands until a run is answered that is newer than the refused one. */
  private void raiseAlarm(ControlState state, List<RunRecord> completed, Optional<RunRecord> base) {
    if (alarm != null) {
      return;
    }
    String since =
        answered != null ? answered.run().runId() : base.map(RunRecord::runId).orElse("");
    completed.stream()
        .map(RunRecord::runId)
        .filter(run -> run.compareTo(since) > 0)
        .flatMap(run -> state.refusal(run).stream())
        .findFirst()
        .ifPresent(
            refusal -> {
              alarm = new MillraceException(ErrorCode.AUDIT_MISMATCH, refusal.reason());
              report(alarm);
            });
  }

  private boolean load(RunRecord wanted, boolean mayDoWithout, BatchLoader loader) {
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
      if (mayDoWithout) {
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

  private boolean fits(boolean mayDoWithout) {
    try {
      Seam.fit(ViewPin.subject(loaded), loaded.run().boundary(), view.speed().progress());
      return true;
    } catch (MillraceException gap) {
      if (mayDoWithout) {
        LOG.info("view {}: starts with the newest run: {}", loaded.run().view(), gap.getMessage());
        baseTried = true;
        dropLoaded();
      } else {
        report(gap);
      }
      return false;
    }
  }

  private boolean audited(ControlState state, Lake lake, boolean reportOnly) {
    boolean patient = System.nanoTime() - loadedAtNanos < AUDIT_PATIENCE_NANOS;
    Excuses excuses = Excuses.between(state, lake, answered().map(RunData::run), loaded.run());
    Audit.Report report;
    try (SpeedView.Pin pin = view.speed().pin()) {
      report = Audit.compare(view, answered(), loaded, pin, excuses);
    }
    if (answered == null && alarm == null && onTrust(report.outcome())) {
      return true;
    }
    if (report.outcome() == Audit.Outcome.TOO_EARLY && (patient || alarm != null)) {
      return false;
    }
    // Once a run has been refused, only a comparison that succeeds, or an explanation, ends it.
    boolean refused =
        report.outcome() == Audit.Outcome.DIFFERENT
            || (alarm != null
                && report.outcome() != Audit.Outcome.EQUAL
                && report.outcome() != Audit.Outcome.CORRECTED);
    if (refused) {
      if (reportOnly) {
        report = report.explained("the view's property 'audit' = 'report'");
      }
      refused = report.outcome() != Audit.Outcome.CORRECTED;
    }
    lastAudit = Optional.of(report);
    if (refused) {
      alarm =
          report.outcome() == Audit.Outcome.DIFFERENT
              ? report.mismatch(loaded.run().view())
              : alarm;
      RunRecord run = loaded.run();
      unsaid.put(
          run.runId(),
          new Refusal(
              run.runId(),
              run.view(),
              run.version(),
              report.base(),
              alarm.getMessage(),
              Instant.now(),
              Optional.empty()));
      report(alarm);
      dropLoaded();
      return false;
    }
    LOG.info("view {}: audit of run {}: {}", loaded.run().view(), loaded.run().runId(), report);
    return true;
  }

  /**
   * Whether a first run answers without a comparison: where live state began after the first
   * record, and where it is behind the run and nothing else answers meanwhile.
   */
  private boolean onTrust(Audit.Outcome outcome) {
    return outcome == Audit.Outcome.NOT_POSSIBLE
        || (outcome == Audit.Outcome.TOO_EARLY && !beforeFirst());
  }

  private void swap(boolean base) {
    RunData old = answered;
    answered = loaded;
    loaded = null;
    // A base ends no alarm: the refused run is newer.
    alarm = base ? alarm : null;
    problem = alarm;
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
  private ViewDefinition currentDefinition(ControlState state) {
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
