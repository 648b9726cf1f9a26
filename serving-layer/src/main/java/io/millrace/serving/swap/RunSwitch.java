package io.millrace.serving.swap;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.Lake;
import io.millrace.serving.live.SpeedView;
import io.millrace.serving.merge.GroupMerge;
import io.millrace.serving.store.RunData;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which run a view version is answered from, and how the next one takes its place: {@link
 * RunChoice} says which, {@link SwitchState} how far it has come, {@link Audit} whether it may.
 *
 * <p>When the replica starts, the sound run before the newest is loaded first, so that the newest
 * is audited before it answers just as if the replica had been there all along. If there is none,
 * it is audited against a run over nothing, where live state is of all records. A refusal is
 * written to the control topic, so that a refused run is nobody's base, now or after a restart. A
 * run that a person rejected is left again, for the sound one before it ({@code
 * docs/decisions/0603-audit-before-the-swap.md}).
 *
 * <p>Thread-safe. Of {@link #advance} one call is under way at a time; others return at once. What
 * it holds when it is closed, the call under way lets go.
 */
public final class RunSwitch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunSwitch.class);
  private static final long RETRY_NANOS = Duration.ofSeconds(5).toNanos();
  private static final long AUDIT_PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

  private final ViewDefinition definition;
  private final GroupMerge merge;
  private final SpeedView speed;
  private final RefusalBook book;
  private final NextRun next;
  private volatile RunData answered;
  private volatile MillraceException problem;
  private volatile Optional<Audit.Report> lastAudit = Optional.empty();
  private volatile long swaps;
  private volatile String waitsFor = "its runs to be looked up";
  private volatile boolean beforeFirst;
  private volatile boolean closing;

  /** Held by who takes a step. */
  private final ReentrantLock stepping = new ReentrantLock();

  private boolean baseTried;
  private volatile long retryAtNanos = System.nanoTime();

  /** Why a run newer than the answered one is refused; null if none is. */
  private MillraceException alarm;

  /**
   * @param merge of the view version
   * @param speed its live state
   */
  public RunSwitch(GroupMerge merge, SpeedView speed) {
    this.definition = merge.view().definition();
    this.merge = merge;
    this.speed = speed;
    this.book = new RefusalBook(definition.id());
    this.next = new NextRun(speed);
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

  /**
   * The boundaries that must stay cuts of live state for this replica: of the run that answers and
   * of the one that is to take its place. Before the first run, live state from offset 0 on.
   */
  public List<Position> standsOn() {
    List<Position> on = new ArrayList<>();
    RunData now = answered;
    if (now != null) {
      on.add(now.run().boundary());
    } else if (beforeFirst && speed.isCaughtUp() && liveIsWhole()) {
      on.add(Position.empty());
    }
    next.coming().ifPresent(coming -> on.add(coming.boundary()));
    return on;
  }

  /** Something that nobody expected ended a step: a problem of this view. It is tried again. */
  public void failed(Throwable thrown) {
    LOG.error("view {}: cannot go on to its next run", definition.id(), thrown);
    retryAtNanos = System.nanoTime() + RETRY_NANOS;
    report(
        thrown instanceof MillraceException known
            ? known
            : new MillraceException(
                ErrorCode.INTERNAL,
                "cannot take up the next run of view "
                    + definition.name()
                    + ": found "
                    + thrown
                    + ", expected it to load and to be compared; it is tried again every 5 s, and"
                    + " the serving log has the details",
                thrown));
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
  public boolean advance(ControlState control, RunLoader loader, Lake lake, Refusals refusals) {
    if (closing || !stepping.tryLock()) {
      return false;
    }
    try {
      return System.nanoTime() >= retryAtNanos && step(control, loader, lake, refusals);
    } finally {
      stepping.unlock();
      if (closing) {
        letGo();
      }
    }
  }

  private boolean step(ControlState control, RunLoader loader, Lake lake, Refusals refusals) {
    String id = definition.id();
    if (control.sound(id).isEmpty()) {
      beforeFirst = true;
    }
    boolean reportOnly = Audit.Mode.of(currentDefinition(control)) == Audit.Mode.REPORT;
    settle(control, reportOnly, refusals);
    if (answered != null && rejected(answered.run(), control)) {
      return goBack(control, loader);
    }
    RunChoice choice =
        RunChoice.of(
            control,
            id,
            new RunChoice.Situation(
                answered().map(run -> run.run().runId()),
                next.underWay(),
                baseTried,
                alarm != null,
                reportOnly,
                book.unsaid(),
                this::liveIsWhole));
    choice
        .alarm()
        .ifPresent(
            refusal -> {
              alarm = new MillraceException(ErrorCode.AUDIT_MISMATCH, refusal.reason());
              report(alarm);
            });
    return switch (choice.kind()) {
      case NOTHING -> {
        if (next.loaded().isPresent()) {
          // The way back to it was called off.
          next.drop();
        }
        if (choice.run().isEmpty()) {
          waitsFor = "its first run to complete";
        }
        yield false;
      }
      case KEPT_OUT -> {
        waitsFor = "a run that agrees with live state";
        report(alarm);
        yield false;
      }
      case BASE, NEWEST, ACCEPTED -> {
        boolean moved = towards(choice, control, loader, lake, reportOnly);
        settle(control, reportOnly, refusals);
        yield moved;
      }
    };
  }

  private static boolean rejected(RunRecord run, ControlState control) {
    return control.refusal(run.runId()).filter(Refusal::rejected).isPresent();
  }

  /** Leaves a run that somebody rejected, for the newest sound one before it. */
  private boolean goBack(ControlState control, RunLoader loader) {
    RunRecord left = answered.run();
    alarm =
        new MillraceException(
            ErrorCode.AUDIT_MISMATCH, control.refusal(left.runId()).orElseThrow().reason());
    Optional<RunRecord> back =
        control.sound(left.viewId()).stream()
            .filter(run -> run.runId().compareTo(left.runId()) < 0)
            .reduce((earlier, later) -> later);
    if (back.isEmpty()) {
      report(alarm);
      return false;
    }
    RunChoice choice = new RunChoice(RunChoice.Kind.BASE, back, Optional.empty());
    if (!load(choice, false, loader)) {
      return false;
    }
    if (!speed.isCaughtUp() || !fits(false)) {
      return false;
    }
    swap(true);
    return true;
  }

  private boolean towards(
      RunChoice choice, ControlState control, RunLoader loader, Lake lake, boolean reportOnly) {
    boolean base = choice.kind() == RunChoice.Kind.BASE;
    boolean mayDoWithout = base && (alarm == null || reportOnly);
    if (!load(choice, mayDoWithout, loader)) {
      return false;
    }
    if (!speed.isCaughtUp() || !fits(mayDoWithout)) {
      return false;
    }
    if (choice.kind() == RunChoice.Kind.NEWEST && !mayAnswer(control, lake, reportOnly)) {
      return false;
    }
    swap(base);
    return true;
  }

  /** Whether live state alone could answer, as of a run over nothing. */
  private boolean liveIsWhole() {
    try (SpeedView.Pin pin = speed.pin()) {
      return pin.isWhole();
    }
  }

  private void settle(ControlState control, boolean reportOnly, Refusals refusals) {
    book.settle(
        control,
        answered()
            .map(RunData::run)
            .filter(run -> reportOnly && !rejected(run, control))
            .map(RunRecord::runId),
        refusals);
  }

  private boolean load(RunChoice choice, boolean mayDoWithout, RunLoader loader) {
    RunRecord wanted = choice.run().orElseThrow();
    waitsFor = "run " + wanted.runId() + " to be loaded";
    try {
      next.load(choice, loader, () -> closing);
      waitsFor = "run " + wanted.runId() + " to fit its live state";
      return true;
    } catch (RuntimeException e) {
      if (closing) {
        return false;
      }
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
      next.fit();
      return true;
    } catch (MillraceException gap) {
      if (mayDoWithout) {
        LOG.info("view {}: starts with the newest run: {}", definition.name(), gap.getMessage());
        baseTried = true;
        next.drop();
      } else {
        report(gap);
      }
      return false;
    }
  }

  private boolean mayAnswer(ControlState control, Lake lake, boolean reportOnly) {
    RunRecord run = next.loaded().orElseThrow().run();
    boolean patient = next.loadedForNanos() < AUDIT_PATIENCE_NANOS;
    Excuses excuses = Excuses.between(control, lake, answered().map(RunData::run), run);
    Audit.Report report = next.compare(merge, answered(), excuses);
    Verdict verdict =
        Verdict.of(
            report,
            new Verdict.Situation(
                answered != null, beforeFirst(), alarm != null, reportOnly, patient));
    switch (verdict.kind()) {
      case WAIT -> {
        return false;
      }
      case REFUSE -> {
        lastAudit = Optional.of(report);
        refuse(run, report);
        return false;
      }
      case ANSWER, TRUST -> {
        if (answered != null || verdict.kind() == Verdict.Kind.ANSWER) {
          lastAudit = Optional.of(verdict.report());
        }
        LOG.info("view {}: audit of run {}: {}", run.view(), run.runId(), verdict.report());
        return true;
      }
    }
    throw new IllegalStateException("no such verdict: " + verdict);
  }

  private void refuse(RunRecord run, Audit.Report report) {
    if (report.outcome() == Audit.Outcome.DIFFERENT) {
      alarm = report.mismatch(run.view());
    }
    book.add(
        new Refusal(
            run.runId(),
            run.view(),
            run.version(),
            report.base(),
            alarm.getMessage(),
            Instant.now(),
            Optional.empty()));
    report(alarm);
    next.drop();
  }

  private void swap(boolean base) {
    RunData old = answered;
    answered = next.take();
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
  private ViewDefinition currentDefinition(ControlState control) {
    return control.views().getOrDefault(definition.id(), definition);
  }

  @Override
  public void close() {
    closing = true;
    letGo();
  }

  private void letGo() {
    if (!stepping.tryLock()) {
      return;
    }
    try {
      if (next.closed()) {
        return;
      }
      next.close();
      RunData last = answered;
      if (last != null) {
        answered = null;
        last.table().release();
      }
    } finally {
      stepping.unlock();
    }
  }
}
