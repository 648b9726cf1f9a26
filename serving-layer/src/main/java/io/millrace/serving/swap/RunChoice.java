package io.millrace.serving.swap;

import io.millrace.control.log.ControlState;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunRecord;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Which run of a view version comes next, from what the control topic says and what is answered
 * now. Pure: the same facts give the same choice.
 *
 * @param kind what is to be done
 * @param run the run it is done with; the newest completed one unless {@code kind} is {@code BASE}
 * @param alarm a refusal that stands and was not known yet
 */
record RunChoice(Kind kind, Optional<RunRecord> run, Optional<Refusal> alarm) {
  enum Kind {
    /** The newest run answers already, or none has completed. */
    NOTHING,
    /** The sound run before the newest: the newest is audited against it. */
    BASE,
    /** The newest run, which answers once its audit finds it equal. */
    NEWEST,
    /** The newest run, whose differences somebody has accepted. */
    ACCEPTED,
    /** The newest run is kept out; nothing is to be done. */
    KEPT_OUT
  }

  /**
   * What this replica knows beside the control topic.
   *
   * @param answered the run that answers
   * @param underWay what was chosen before and is loaded: it is brought to its end, although newer
   *     runs may have completed meanwhile, or a slow replica would never come to answer from one
   * @param baseTried whether a base has been looked for already
   * @param alarmed whether a run newer than the answered one is known to be refused
   * @param reportOnly whether differences are only reported
   * @param unsaid runs refused here that the control topic does not know of yet
   * @param liveIsWhole whether live state alone could answer, as of a run over nothing
   */
  record Situation(
      Optional<String> answered,
      Optional<RunChoice> underWay,
      boolean baseTried,
      boolean alarmed,
      boolean reportOnly,
      Set<String> unsaid,
      BooleanSupplier liveIsWhole) {}

  static RunChoice of(ControlState state, String viewId, Situation now) {
    List<RunRecord> completed = state.runs(viewId, RunRecord.Status.COMPLETED);
    if (completed.isEmpty()) {
      return new RunChoice(Kind.NOTHING, Optional.empty(), Optional.empty());
    }
    RunRecord newest =
        now.underWay()
            .filter(choice -> choice.kind() != Kind.BASE)
            .flatMap(choice -> among(completed, choice))
            .filter(run -> !state.refused(run.runId()) && !now.unsaid().contains(run.runId()))
            .orElse(completed.get(completed.size() - 1));
    if (now.answered().filter(newest.runId()::equals).isPresent()) {
      return new RunChoice(Kind.NOTHING, Optional.of(newest), Optional.empty());
    }
    boolean accepted =
        state.refusals().containsKey(newest.runId()) && !state.refused(newest.runId());
    Optional<RunRecord> base =
        now.answered().isPresent() || now.baseTried() || accepted
            ? Optional.empty()
            : soundBefore(state, viewId, now, newest);
    Optional<Refusal> alarm =
        now.alarmed()
            ? Optional.empty()
            : alarm(state, completed, now.answered().or(() -> base.map(RunRecord::runId)));
    if (base.isPresent()) {
      return new RunChoice(Kind.BASE, base, alarm);
    }
    if (accepted) {
      return new RunChoice(Kind.ACCEPTED, Optional.of(newest), alarm);
    }
    boolean alarmed = now.alarmed() || alarm.isPresent();
    boolean keptOut =
        alarmed
            && (rejected(state, newest) || (!now.reportOnly() && mayNotAnswer(state, newest, now)));
    return new RunChoice(keptOut ? Kind.KEPT_OUT : Kind.NEWEST, Optional.of(newest), alarm);
  }

  private static Optional<RunRecord> among(List<RunRecord> runs, RunChoice choice) {
    String wanted = choice.run().map(RunRecord::runId).orElse("");
    return runs.stream().filter(run -> run.runId().equals(wanted)).findFirst();
  }

  private static Optional<RunRecord> soundBefore(
      ControlState state, String viewId, Situation now, RunRecord newest) {
    List<RunRecord> sound =
        state.sound(viewId).stream()
            .filter(run -> run != newest && !now.unsaid().contains(run.runId()))
            .toList();
    return now.underWay()
        .flatMap(choice -> among(sound, choice))
        .or(() -> sound.stream().reduce((earlier, later) -> later));
  }

  /** A refusal stands until a run is answered that is newer than the refused one. */
  private static Optional<Refusal> alarm(
      ControlState state, List<RunRecord> completed, Optional<String> since) {
    return completed.stream()
        .map(RunRecord::runId)
        .filter(run -> run.compareTo(since.orElse("")) > 0)
        .flatMap(run -> state.refusal(run).stream())
        .findFirst();
  }

  /** By a person, whatever an audit says. */
  private static boolean rejected(ControlState state, RunRecord run) {
    return state.refusal(run.runId()).filter(Refusal::rejected).isPresent();
  }

  private static boolean mayNotAnswer(ControlState state, RunRecord newest, Situation now) {
    // What cannot be compared cannot end the alarm.
    return (now.answered().isEmpty() && !now.liveIsWhole().getAsBoolean())
        || now.unsaid().contains(newest.runId())
        || state.refused(newest.runId());
  }
}
