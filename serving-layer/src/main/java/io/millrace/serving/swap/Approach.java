package io.millrace.serving.swap;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.serving.live.SpeedView;
import io.millrace.serving.merge.Seam;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of a chosen run into this replica: it is loaded, and live state has to go on where it
 * ends. What cannot be had is done without, if there is something else to try. Thread-confined, but
 * for {@link #waitsFor()}.
 */
final class Approach {
  private static final Logger LOG = LoggerFactory.getLogger(Approach.class);

  private final NextRun next;
  private final SpeedView speed;
  private final Consumer<MillraceException> problems;
  private final BooleanSupplier closing;
  private final Attempts attempts = new Attempts();
  private volatile String waitsFor = "its runs to be looked up";

  /**
   * @param problems told what keeps a run from being taken up
   * @param closing whether failures are but the end
   */
  Approach(
      NextRun next,
      SpeedView speed,
      Consumer<MillraceException> problems,
      BooleanSupplier closing) {
    this.next = next;
    this.speed = speed;
    this.problems = problems;
    this.closing = closing;
  }

  /** What is missing until a run answers, for people. */
  String waitsFor() {
    return waitsFor;
  }

  void waitsFor(String what) {
    waitsFor = what;
  }

  /** Ids of runs that cannot be had. */
  Set<String> givenUp() {
    return attempts.givenUp();
  }

  /** A run answers: others may be tried again. */
  void answered() {
    attempts.answered();
  }

  /** Whether the chosen run is here now, and may answer as far as live state is concerned. */
  boolean arrives(RunChoice choice, ControlState control, RunLoader loader) {
    return loads(choice, loader) && speed.isCaughtUp() && fits(choice, control);
  }

  /** Whether live state goes on where the run ends, at least up to a position. */
  boolean leadsTo(RunRecord run, Position end) {
    try {
      return Seam.fit(run.runId(), run.boundary(), run.topicId(), speed.progress())
          .live()
          .covers(end);
    } catch (MillraceException gap) {
      LOG.debug("view {}: does not begin with run {}", run.view(), run.runId(), gap);
      return false;
    }
  }

  private boolean loads(RunChoice choice, RunLoader loader) {
    RunRecord wanted = choice.run().orElseThrow();
    if (attempts.pauses(wanted.runId(), choice.spare())) {
      return false;
    }
    waitsFor = "run " + wanted.runId() + " to be loaded";
    try {
      next.load(choice, loader, closing);
      attempts.loaded(wanted.runId());
      waitsFor = "run " + wanted.runId() + " to fit its live state";
      return true;
    } catch (RuntimeException e) {
      if (closing.getAsBoolean()) {
        return false;
      }
      problems.accept(
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
      if (attempts.failed(wanted.runId(), e, choice.spare())) {
        LOG.warn("view {}: does without run {}", wanted.view(), wanted.runId());
      }
      return false;
    }
  }

  private boolean fits(RunChoice choice, ControlState control) {
    RunRecord run = choice.run().orElseThrow();
    try {
      Seam seam = next.fit();
      if (choice.kind() == RunChoice.Kind.BASE) {
        reaches(run, seam, control);
      }
      return true;
    } catch (MillraceException gap) {
      if (attempts.giveUp(run.runId(), choice.spare())) {
        LOG.info("view {}: does without run {}: {}", run.view(), run.runId(), gap.getMessage());
        next.drop();
      } else {
        problems.accept(gap);
      }
      return false;
    }
  }

  /** Answers do not go back: not behind where they came from before this replica started. */
  private static void reaches(RunRecord run, Seam seam, ControlState control) {
    for (RunRecord taken : control.bases(run.viewId())) {
      if (!seam.live().covers(taken.boundary())) {
        throw new MillraceException(
            ErrorCode.SEGMENT_GAP,
            "cannot answer from run "
                + run.runId()
                + " of view "
                + run.view()
                + ": found live state up to "
                + seam.live()
                + ", expected it to cover "
                + taken.boundary()
                + ", where answers have come from run "
                + taken.runId()
                + "; run `millrace recompute "
                + run.view()
                + "`");
      }
    }
  }
}
