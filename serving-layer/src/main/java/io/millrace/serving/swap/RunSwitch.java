package io.millrace.serving.swap;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
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
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which run a view version is answered from, and how the next one takes its place: {@link
 * RunChoice} says which, {@link SwitchState} how far it has come, {@link Audit} whether it may.
 *
 * <p>A run answers once its audit is written to the control topic. So a replica that starts takes
 * up the newest run that was taken over before, by whichever replica, and compares the newest one
 * with that, as if it had been there all along; it does not go back, and a run that nobody compared
 * is nobody's base. Of a view of which no run was taken over yet, the first is compared with live
 * state alone, if that is of all records, and taken on trust elsewhere. A refusal is written too. A
 * run that a person rejected is left again, for the one before it ({@code
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
  private final Runnable changed;
  private final RefusalBook book;
  private final NextRun next;
  private final Approach approach;
  private volatile RunData answered;
  private volatile MillraceException problem;
  private volatile Optional<Audit.Report> lastAudit = Optional.empty();
  private volatile long swaps;
  private volatile boolean beforeFirst;
  private volatile boolean closing;

  /** Held by who takes a step. */
  private final ReentrantLock stepping = new ReentrantLock();

  /** Whether somebody has compared the answered run. */
  private boolean compared;

  private volatile long retryAtNanos = System.nanoTime();

  /** Why a run newer than the answered one is refused; null if none is. */
  private MillraceException alarm;

  /**
   * @param merge of the view version
   * @param speed its live state
   * @param changed told whenever another run answers
   */
  public RunSwitch(GroupMerge merge, SpeedView speed, Runnable changed) {
    this.changed = changed;
    this.definition = merge.view().definition();
    this.merge = merge;
    this.speed = speed;
    this.book = new RefusalBook(definition.id());
    this.next = new NextRun(speed);
    this.approach = new Approach(next, speed, this::report, () -> closing);
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
    String what = approach.waitsFor();
    return last == null ? what : what + " (" + last.getMessage() + ")";
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

  /**
   * The ids of the runs that must stay in the lake, and corrections since them, for this replica:
   * of the one that answers and of the one that is to take its place.
   */
  public List<String> holds() {
    return Stream.concat(answered().map(RunData::run).stream(), next.coming().stream())
        .map(RunRecord::runId)
        .distinct()
        .toList();
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

  /**
   * Takes one step towards the newest completed run, if there is one to take.
   *
   * @return whether something changed
   */
  public boolean advance(ControlState control, RunLoader loader, Lake lake, ControlWriter writer) {
    if (closing || !stepping.tryLock()) {
      return false;
    }
    try {
      return System.nanoTime() >= retryAtNanos && step(control, loader, lake, writer);
    } finally {
      stepping.unlock();
      if (closing) {
        letGo();
      }
    }
  }

  private boolean step(ControlState control, RunLoader loader, Lake lake, ControlWriter writer) {
    String id = definition.id();
    if (control.sound(id).isEmpty()) {
      beforeFirst = true;
    }
    boolean reportOnly = Audit.Mode.of(currentDefinition(control)) == Audit.Mode.REPORT;
    // At the start alone, when what others have said of a run meanwhile is known.
    settle(control, reportOnly, writer);
    if (answered != null && mustLeave(answered.run(), control)) {
      return leave(control, loader);
    }
    endAlarm(control);
    RunChoice choice =
        RunChoice.of(
            control,
            id,
            new RunChoice.Situation(
                answered().map(run -> run.run().runId()),
                next.underWay(),
                approach.givenUp(),
                alarm != null,
                reportOnly,
                book.unsaid(),
                speed.isCaughtUp(),
                approach::leadsTo,
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
          approach.waitsFor("its first run to complete");
        } else if (answered == null) {
          approach.waitsFor("the live state that its runs are compared with");
        } else {
          // What kept another run from being taken up matters no more.
          problem = alarm;
        }
        yield false;
      }
      case KEPT_OUT -> {
        approach.waitsFor("a run that agrees with live state");
        report(alarm);
        yield false;
      }
      case BASE, BACK, FIRST, NEWEST, ACCEPTED -> {
        yield towards(choice, control, loader, lake, reportOnly, writer);
      }
    };
  }

  private static boolean rejected(RunRecord run, ControlState control) {
    return control.refusal(run.runId()).filter(Refusal::rejected).isPresent();
  }

  /**
   * Whether the answered run is not to be answered from any more: a person rejected it, or a
   * replica that could compare it refused it, and nobody had.
   */
  private boolean mustLeave(RunRecord run, ControlState control) {
    return rejected(run, control) || (!compared && control.refused(run.runId()));
  }

  /**
   * Leaves the answered run for the newest one before it that was taken over; where there is none,
   * or it cannot be had, for a newer one that another replica has taken over since.
   */
  private boolean leave(ControlState control, RunLoader loader) {
    RunRecord left = answered.run();
    alarm =
        new MillraceException(
            ErrorCode.AUDIT_MISMATCH, control.refusal(left.runId()).orElseThrow().reason());
    Optional<RunChoice> choice = RunChoice.instead(control, left, approach.givenUp());
    if (choice.isEmpty()) {
      report(alarm);
      return false;
    }
    int before = approach.givenUp().size();
    if (!approach.arrives(choice.get(), control, loader)) {
      return approach.givenUp().size() > before;
    }
    next.passed(Takeover.known(choice.get().run().orElseThrow(), control, ""));
    swap(control);
    return true;
  }

  /** Ends the alarm of a refusal that was taken back, or whose run is forgotten. */
  private void endAlarm(ControlState control) {
    if (alarm == null || refusedAfter(answered().map(run -> run.run().runId()), control)) {
      return;
    }
    if (problem == alarm) {
      problem = null;
    }
    alarm = null;
  }

  private boolean towards(
      RunChoice choice,
      ControlState control,
      RunLoader loader,
      Lake lake,
      boolean reportOnly,
      ControlWriter writer) {
    int before = approach.givenUp().size();
    int unsaid = book.unsaid().size();
    if (approach.arrives(choice, control, loader)
        && mayAnswer(choice, control, lake, reportOnly, writer.by())
        && said(next.passed().orElseThrow(), control, writer)) {
      swap(control);
      return true;
    }
    return approach.givenUp().size() > before || book.unsaid().size() > unsaid;
  }

  /** Whether live state alone could answer, as of a run over nothing. */
  private boolean liveIsWhole() {
    try (SpeedView.Pin pin = speed.pin()) {
      return pin.isWhole();
    }
  }

  private void settle(ControlState control, boolean reportOnly, ControlWriter writer) {
    book.settle(
        control,
        answered()
            .map(RunData::run)
            .filter(run -> reportOnly && !rejected(run, control))
            .map(RunRecord::runId),
        writer);
  }

  private boolean mayAnswer(
      RunChoice choice, ControlState control, Lake lake, boolean reportOnly, String by) {
    if (next.passed().isPresent()) {
      return true;
    }
    RunRecord run = choice.run().orElseThrow();
    if (choice.kind() == RunChoice.Kind.BASE || choice.kind() == RunChoice.Kind.ACCEPTED) {
      next.passed(Takeover.known(run, control, by));
      return true;
    }
    boolean patient = next.loadedForNanos() < AUDIT_PATIENCE_NANOS;
    Excuses excuses = Excuses.between(control, lake, answered().map(RunData::run), run);
    Audit.Report report = next.compare(merge, answered(), excuses);
    boolean elsewhere = Takeover.comparedElsewhere(run, control);
    // What another replica found equal ends the alarm, though it cannot be compared here.
    boolean alarmed = alarm != null && !elsewhere && !refusedSince(run, control);
    Verdict verdict =
        Verdict.of(
            report,
            new Verdict.Situation(answered != null, beforeFirst(), alarmed, reportOnly, patient));
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
        next.passed(
            elsewhere && verdict.kind() == Verdict.Kind.TRUST
                ? Takeover.known(run, control, by)
                : Takeover.audited(run, verdict, control, by));
        return true;
      }
    }
    throw new IllegalStateException("no such verdict: " + verdict);
  }

  /** Whether a run newer than {@code run} is refused, here or elsewhere. */
  private boolean refusedSince(RunRecord run, ControlState control) {
    return refusedAfter(Optional.of(run.runId()), control);
  }

  private boolean refusedAfter(Optional<String> since, ControlState control) {
    return control.runs(definition.id(), RunRecord.Status.COMPLETED).stream()
        .map(RunRecord::runId)
        .filter(id -> id.compareTo(since.orElse("")) > 0)
        .anyMatch(id -> control.refused(id) || book.unsaid().contains(id));
  }

  /** Says that the run answers, so that none that starts later goes back behind it. */
  private boolean said(RunAudit audit, ControlState control, ControlWriter writer) {
    if (!Takeover.isNews(audit, control)) {
      return true;
    }
    try {
      writer.publish(audit);
      return true;
    } catch (MillraceException e) {
      retryAtNanos = System.nanoTime() + RETRY_NANOS;
      report(e);
      return false;
    }
  }

  private void refuse(RunRecord run, Audit.Report report) {
    MillraceException why =
        report.outcome() == Audit.Outcome.DIFFERENT
            ? report.mismatch(run.view())
            : report.incomparable(run.view());
    // A run that cannot be compared adds nothing to what is wrong.
    alarm = alarm == null || report.outcome() == Audit.Outcome.DIFFERENT ? why : alarm;
    book.add(
        new Refusal(
            run.runId(),
            run.view(),
            run.version(),
            report.base(),
            why.getMessage(),
            Instant.now(),
            Optional.empty()));
    report(alarm);
    next.drop();
  }

  private void swap(ControlState control) {
    RunData old = answered;
    compared = next.passed().orElseThrow().compared();
    answered = next.take();
    alarm = refusedSince(answered.run(), control) ? alarm : null;
    problem = alarm;
    approach.answered();
    if (old != null) {
      swaps++;
      old.table().release();
    }
    LOG.info(
        "view {}: answers from run {} at boundary {}",
        answered.run().view(),
        answered.run().runId(),
        answered.run().boundary());
    changed.run();
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
