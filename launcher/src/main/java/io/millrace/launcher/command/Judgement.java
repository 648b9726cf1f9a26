package io.millrace.launcher.command;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import io.millrace.launcher.client.Names;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** What a person says of runs, over the control topic. */
final class Judgement {
  private final ControlLog control;
  private final ControlState state;

  Judgement(ControlLog control, ControlState state) {
    this.control = control;
    this.state = state;
  }

  /**
   * Accepts a refused run.
   *
   * @throws MillraceException {@code VIEW_UNKNOWN}, {@code BAD_REQUEST} if the run is not refused
   */
  void accept(String view, String run) {
    completed(view, run);
    Refusal refusal =
        state
            .refusal(run)
            .orElseThrow(
                () ->
                    new MillraceException(
                        ErrorCode.BAD_REQUEST,
                        "cannot accept run "
                            + run
                            + " of "
                            + view
                            + ": found no refusal of it, expected one; see 'millrace runs "
                            + view
                            + "'"));
    control.publish(refusal.accepted(now()));
  }

  /**
   * Rejects a completed run.
   *
   * @throws MillraceException {@code VIEW_UNKNOWN}, {@code BAD_REQUEST} if there is no run before
   *     it to answer from: one that was compared, and is sound
   */
  void reject(String view, String run) {
    RunRecord rejected = completed(view, run);
    RunRecord before =
        standing(rejected.viewId()).stream()
            .filter(sound -> sound.runId().compareTo(run) < 0)
            .reduce((earlier, later) -> later)
            .orElseThrow(
                () ->
                    new MillraceException(
                        ErrorCode.BAD_REQUEST,
                        "cannot reject run "
                            + run
                            + " of "
                            + view
                            + ": found no sound run before it, expected one to answer from; repair"
                            + " the lake and run 'millrace recompute "
                            + view
                            + "'"));
    control.publish(
        new Refusal(
            run,
            view,
            rejected.version(),
            before.runId(),
            "run "
                + run
                + " of "
                + view
                + " was rejected by hand; answers come from run "
                + before.runId()
                + "; take it back with `millrace runs "
                + view
                + " --accept "
                + run
                + "`",
            now(),
            Optional.empty(),
            true));
  }

  /**
   * Rejects every sound run that is newer than the one to go back to.
   *
   * @param to the run; empty: the one before the newest that answers may come from
   * @return the run that is gone back to
   * @throws MillraceException as {@link #reject}
   */
  RunRecord rollback(String view, Optional<String> to) {
    List<RunRecord> sound = standing(current(view).id());
    RunRecord target =
        to.map(run -> completed(view, run))
            .or(
                () ->
                    sound.size() < 2 ? Optional.empty() : Optional.of(sound.get(sound.size() - 2)))
            .filter(sound::contains)
            .orElseThrow(
                () ->
                    new MillraceException(
                        ErrorCode.BAD_REQUEST,
                        "cannot go back with "
                            + view
                            + ": found "
                            + to.map(run -> "run " + run + ", which is " + why(run))
                                .orElse(sound.size() + " sound runs")
                            + ", expected "
                            + to.map(run -> "one of " + ids(sound)).orElse("two")
                            + "; see 'millrace runs "
                            + view
                            + "'"));
    for (RunRecord run : reversed(state.sound(target.viewId()))) {
      if (run.runId().compareTo(target.runId()) > 0) {
        reject(view, run.runId());
      }
    }
    return target;
  }

  /**
   * The sound runs that answers may come from. Where it is not said of any, as before the first
   * replica or by an earlier release, all of them.
   */
  private List<RunRecord> standing(String viewId) {
    return state.anyTaken(viewId) ? state.bases(viewId) : state.sound(viewId);
  }

  private String why(String run) {
    return state.refused(run) ? "refused" : "compared with nothing yet";
  }

  private RunRecord completed(String view, String run) {
    ViewDefinition current = current(view);
    List<RunRecord> runs = state.runs(current.id(), RunRecord.Status.COMPLETED);
    return runs.stream()
        .filter(record -> record.runId().equals(run))
        .findFirst()
        .orElseThrow(
            () ->
                new MillraceException(
                    ErrorCode.BAD_REQUEST,
                    "cannot judge run "
                        + run
                        + " of "
                        + view
                        + ": found no such completed run, expected one of "
                        + ids(runs)));
  }

  private ViewDefinition current(String view) {
    Names.requireView(state, view);
    return state.current(view).orElseThrow();
  }

  /** Newest first, so that nothing newer is left to answer from meanwhile. */
  private static List<RunRecord> reversed(List<RunRecord> runs) {
    List<RunRecord> reversed = new ArrayList<>(runs);
    Collections.reverse(reversed);
    return reversed;
  }

  private static List<String> ids(List<RunRecord> runs) {
    return runs.stream().map(RunRecord::runId).toList();
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MICROS);
  }
}
