package io.millrace.launcher.client;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.compile.ViewCompiler;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Has the live state of a view made anew: the view is published in its next generation, which is
 * another version, with a speed topic, states and a batch view of its own. It is born, run and
 * taken over as a changed view is, and the version before answers until then. The lake is not
 * touched.
 *
 * <p>What bounds it: a version that has no completed run yet is not followed by another, so that
 * asking twice makes one; and no view gets more than {@link #MOST_VERSIONS}. For one thread.
 */
public final class Rebuild {
  /** The one that answers, one that has just had its first run, and the one that is being made. */
  private static final int MOST_VERSIONS = 3;

  private static final Duration STATUS = Duration.ofSeconds(5);

  private final ControlLog control;
  private final ServingClient serving;
  private Optional<Boolean> served = Optional.empty();

  /**
   * @param control has caught up; stays the caller's
   */
  public Rebuild(ControlLog control, ServingClient serving) {
    this.control = control;
    this.serving = serving;
  }

  /**
   * A view that is being made anew.
   *
   * @param before what answers meanwhile; empty if nothing else is live
   * @param view the version that is to answer
   * @param joined whether it was being made already
   */
  public record Begun(Optional<ViewDefinition> before, ViewDefinition view, boolean joined) {}

  /**
   * Publishes the view's next generation, unless its newest version waits for its first run.
   *
   * @throws MillraceException {@code VIEW_UNKNOWN}; {@code BAD_REQUEST} if too many versions are
   *     live
   */
  public Begun begin(String name) {
    while (true) {
      ControlState state = control.state();
      ViewDefinition now = Names.requireView(state, name);
      if (state.runs(now.id(), Status.COMPLETED).isEmpty()) {
        return new Begun(newestBut(now, state), now, true);
      }
      checkRoom(state, name);
      ViewDefinition next = ViewCompiler.inGeneration(now, state.generation(name) + 1);
      control.publish(next);
      // Somebody may have applied or dropped it meanwhile: that is not to be undone.
      if (newestBut(next, control.state()).equals(Optional.of(now))) {
        return new Begun(Optional.of(now), next, false);
      }
      control.retireView(next.id());
    }
  }

  private static void checkRoom(ControlState state, String name) {
    List<ViewDefinition> live =
        state.views().values().stream().filter(view -> view.name().equals(name)).toList();
    if (live.size() >= MOST_VERSIONS) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot rebuild view "
              + name
              + ": found "
              + live.size()
              + " versions of it ("
              + live.stream().map(ViewDefinition::version).collect(Collectors.joining(", "))
              + "), expected fewer than "
              + MOST_VERSIONS
              + ": the batch layer retires older ones within a minute after every serving replica"
              + " answers from the newest; wait until it has, or see in 'millrace status' which one"
              + " does not and why");
    }
  }

  /** The newest version of the view's name, itself left out. */
  private static Optional<ViewDefinition> newestBut(ViewDefinition view, ControlState state) {
    return state.views().values().stream()
        .filter(other -> other.name().equals(view.name()) && !other.id().equals(view.id()))
        .reduce((older, newer) -> newer);
  }

  /**
   * What is still missing until answers come from the version, in words; empty once they do, or, if
   * no serving layer runs, once its first run is complete.
   *
   * @throws MillraceException {@code VIEW_UNKNOWN} if the version will never answer: the view was
   *     dropped, or another version of it was applied since
   */
  public Optional<String> waitsFor(ViewDefinition view) {
    ControlState state = control.state();
    ViewDefinition current = Names.requireView(state, view.name());
    if (!current.id().equals(view.id())) {
      throw new MillraceException(
          ErrorCode.VIEW_UNKNOWN,
          "cannot wait for version "
              + view.version()
              + " of view "
              + view.name()
              + ": found version "
              + current.version()
              + " applied since, whose live state is as new; see 'millrace status'");
    }
    Optional<RunRecord> run =
        state.runs(view.id(), Status.COMPLETED).stream().reduce((older, newer) -> newer);
    if (run.isEmpty()) {
      return Optional.of(firstRun(state, view));
    }
    return servingLayerRuns() ? answers(view, run.get()) : Optional.empty();
  }

  private static String firstRun(ControlState state, ViewDefinition view) {
    Optional<RunRecord> started =
        state.runs(view.id(), Status.STARTED).stream().reduce((older, newer) -> newer);
    if (started.isPresent()) {
      return "its first run, " + started.get().runId() + ", which is under way";
    }
    return state.runs(view.id(), Status.FAILED).stream()
        .reduce((older, newer) -> newer)
        .flatMap(RunRecord::error)
        .map(why -> "its first run, which failed and is tried again: " + Reason.brief(why))
        .orElse("its first run");
  }

  private Optional<String> answers(ViewDefinition view, RunRecord run) {
    try {
      return serving.views().stream()
              .anyMatch(
                  seen ->
                      seen.name().equals(view.name())
                          && seen.version().equals(view.version())
                          && seen.ready())
          ? Optional.empty()
          : Optional.of("the serving layer to take up run " + run.runId());
    } catch (MillraceException e) {
      return Optional.of("the serving layer: " + Reason.brief(e.getMessage()));
    }
  }

  /** Whether a serving layer was heard of when this was first asked. */
  public boolean servingLayerRuns() {
    if (served.isEmpty()) {
      served = Optional.of(!Silence.of("serving", control.statuses(STATUS), Instant.now()));
    }
    return served.get();
  }
}
