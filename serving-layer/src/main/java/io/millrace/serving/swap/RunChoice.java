package io.millrace.serving.swap;

import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunRecord;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;

/**
 * Which run of a view version comes next, from what the control topic says and what is answered
 * now. Pure: the same facts give the same choice.
 *
 * @param kind what is to be done
 * @param run the run it is done with; the newest completed one unless {@code kind} is {@code BASE},
 *     {@code BACK} or {@code FIRST}
 * @param alarm a refusal that stands and was not known yet
 * @param spare whether there is something else to try if the run cannot be had
 */
record RunChoice(Kind kind, Optional<RunRecord> run, Optional<Refusal> alarm, boolean spare) {
  enum Kind {
    /** None is newer than the answered run, or none has completed, or it is not time to choose. */
    NOTHING,
    /** The newest run that was taken over, here or elsewhere: it answers as it did. */
    BASE,
    /** A run that was taken over, in place of the answered one, which is to be left. */
    BACK,
    /** Of a view whose runs nobody has taken over yet, the oldest that leads to the others. */
    FIRST,
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
   * @param givenUp runs that cannot be had here
   * @param alarmed whether a run newer than the answered one is known to be refused
   * @param reportOnly whether differences are only reported
   * @param unsaid runs refused here that the control topic does not know of yet
   * @param caughtUp whether live state has been read as far as it went at first
   * @param leadsTo whether live state goes on where a run ends, at least up to a position
   * @param liveIsWhole whether live state alone could answer, as of a run over nothing
   */
  record Situation(
      Optional<String> answered,
      Optional<RunChoice> underWay,
      Set<String> givenUp,
      boolean alarmed,
      boolean reportOnly,
      Set<String> unsaid,
      boolean caughtUp,
      BiPredicate<RunRecord, Position> leadsTo,
      BooleanSupplier liveIsWhole) {}

  private static final RunChoice NONE =
      new RunChoice(Kind.NOTHING, Optional.empty(), Optional.empty(), false);

  static RunChoice of(ControlState state, String viewId, Situation now) {
    List<RunRecord> completed = state.runs(viewId, RunRecord.Status.COMPLETED);
    if (completed.isEmpty()) {
      return NONE;
    }
    RunRecord last = completed.get(completed.size() - 1);
    if (now.answered().isEmpty()) {
      List<RunRecord> sound =
          state.sound(viewId).stream()
              .filter(run -> !now.unsaid().contains(run.runId()))
              .filter(run -> !now.givenUp().contains(run.runId()))
              .toList();
      if (!state.anyTaken(viewId) && !sound.isEmpty()) {
        return first(state, completed, sound, now);
      }
      List<RunRecord> bases = sound.stream().filter(run -> state.taken(run.runId())).toList();
      if (!bases.isEmpty()) {
        return base(state, completed, bases, now);
      }
    }
    return newest(state, completed, last, now);
  }

  /**
   * Where to go from an answered run that is refused: to the newest of those before it that answers
   * may stand on, and where there is none, to the newest after it. Empty: nowhere.
   *
   * @param givenUp as {@link Situation#givenUp}
   */
  static Optional<RunChoice> instead(ControlState state, RunRecord left, Set<String> givenUp) {
    List<RunRecord> bases =
        state.bases(left.viewId()).stream()
            .filter(run -> state.taken(run.runId()) && !givenUp.contains(run.runId()))
            .toList();
    Optional<RunRecord> before =
        bases.stream()
            .filter(run -> run.runId().compareTo(left.runId()) < 0)
            .reduce((earlier, later) -> later);
    return before
        .or(() -> bases.stream().reduce((earlier, later) -> later))
        .map(run -> new RunChoice(Kind.BACK, Optional.of(run), Optional.empty(), bases.size() > 1));
  }

  private static RunChoice first(
      ControlState state, List<RunRecord> completed, List<RunRecord> sound, Situation now) {
    RunRecord last = sound.get(sound.size() - 1);
    Optional<RunRecord> chosen = now.underWay().flatMap(choice -> among(sound, choice));
    if (chosen.isEmpty() && sound.size() > 1 && !now.caughtUp()) {
      return new RunChoice(Kind.NOTHING, Optional.of(last), Optional.empty(), false);
    }
    RunRecord first =
        chosen.orElseGet(
            () ->
                sound.stream()
                    .filter(run -> run == last || now.leadsTo().test(run, last.boundary()))
                    .findFirst()
                    .orElseThrow());
    return new RunChoice(
        Kind.FIRST, Optional.of(first), alarm(state, completed, now, first), first != last);
  }

  private static RunChoice base(
      ControlState state, List<RunRecord> completed, List<RunRecord> bases, Situation now) {
    RunRecord base =
        now.underWay().flatMap(choice -> among(bases, choice)).orElse(bases.get(bases.size() - 1));
    Optional<Refusal> alarm = alarm(state, completed, now, base);
    boolean alarmed = now.alarmed() || alarm.isPresent();
    boolean newer = base != completed.get(completed.size() - 1);
    boolean spare = bases.size() > 1 || (newer && (!alarmed || now.reportOnly()));
    return new RunChoice(Kind.BASE, Optional.of(base), alarm, spare);
  }

  private static RunChoice newest(
      ControlState state, List<RunRecord> completed, RunRecord last, Situation now) {
    RunRecord newest =
        now.underWay()
            .filter(choice -> choice.kind() == Kind.NEWEST || choice.kind() == Kind.ACCEPTED)
            .flatMap(choice -> among(completed, choice))
            .filter(run -> !state.refused(run.runId()) && !now.unsaid().contains(run.runId()))
            .orElse(last);
    if (now.answered().filter(answered -> answered.compareTo(newest.runId()) >= 0).isPresent()) {
      return new RunChoice(Kind.NOTHING, Optional.of(newest), Optional.empty(), false);
    }
    Optional<Refusal> alarm =
        now.alarmed() ? Optional.empty() : alarm(state, completed, now.answered().orElse(""));
    boolean spare = newest != last;
    boolean accepted =
        state.refusals().containsKey(newest.runId()) && !state.refused(newest.runId());
    if (accepted) {
      return new RunChoice(Kind.ACCEPTED, Optional.of(newest), alarm, spare);
    }
    boolean alarmed = now.alarmed() || alarm.isPresent();
    boolean keptOut =
        alarmed
            && (rejected(state, newest) || (!now.reportOnly() && mayNotAnswer(state, newest, now)));
    return new RunChoice(keptOut ? Kind.KEPT_OUT : Kind.NEWEST, Optional.of(newest), alarm, spare);
  }

  private static Optional<RunRecord> among(List<RunRecord> runs, RunChoice choice) {
    String wanted = choice.run().map(RunRecord::runId).orElse("");
    return runs.stream().filter(run -> run.runId().equals(wanted)).findFirst();
  }

  private static Optional<Refusal> alarm(
      ControlState state, List<RunRecord> completed, Situation now, RunRecord since) {
    return now.alarmed() ? Optional.empty() : alarm(state, completed, since.runId());
  }

  /** A refusal stands until a run is answered that is newer than the refused one. */
  private static Optional<Refusal> alarm(
      ControlState state, List<RunRecord> completed, String since) {
    return completed.stream()
        .map(RunRecord::runId)
        .filter(run -> run.compareTo(since) > 0)
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
