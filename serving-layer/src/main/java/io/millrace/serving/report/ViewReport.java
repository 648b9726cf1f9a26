package io.millrace.serving.report;

import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.merge.Lost;
import io.millrace.serving.store.RunData;
import io.millrace.serving.swap.Audit;
import io.millrace.serving.swap.RunSwitch;
import io.millrace.serving.view.QueryLayer;
import io.millrace.serving.view.ServedView;
import io.millrace.serving.view.ServedViews;
import io.millrace.serving.view.ViewPin;
import io.millrace.serving.view.ViewState;
import io.millrace.view.CompiledView.Column;
import java.util.List;
import java.util.Optional;

/**
 * How one version of a view is, at one moment: what the API, the status topic, the metrics and
 * readiness all say of it. Immutable.
 *
 * @param definition as applied last
 * @param state where it is in its life
 * @param unready why a merged query would fail; empty if it would be answered
 * @param problem what keeps answers from going on
 * @param standing where its merged answer stands; empty if it is not ready
 * @param answeredRun the id of the run it is answered from, once there is one
 * @param groups groups of that run
 * @param standsOn the boundaries that must stay cuts of live state for it
 * @param holds the ids of the runs that must stay in the lake for it
 * @param swaps how often a run has taken the place of another
 * @param audit its last audit
 * @param columns empty before it is compiled
 */
public record ViewReport(
    ViewDefinition definition,
    ViewState state,
    Optional<MillraceException> unready,
    Optional<MillraceException> problem,
    Optional<Standing> standing,
    Optional<String> answeredRun,
    Optional<Long> groups,
    List<Position> standsOn,
    List<String> holds,
    long swaps,
    Optional<Audit.Report> audit,
    List<Column> columns) {
  /**
   * Where an answer stands.
   *
   * @param runId the run; empty if live state answers alone
   * @param boundary its boundary
   * @param live exclusive end of what the answer covers
   * @param ageMs how old that end is
   * @param lost what the answer is without, as it was given up for lost
   */
  public record Standing(
      Optional<String> runId, Position boundary, Position live, long ageMs, Lost lost) {}

  /** How {@code version} is now. */
  public static ViewReport of(ServedViews.Version version, long nowMs) {
    Optional<Standing> standing = Optional.empty();
    Optional<MillraceException> unready = Optional.empty();
    try (ViewPin pin = version.pin(QueryLayer.MERGED)) {
      standing =
          Optional.of(
              new Standing(
                  pin.run().map(run -> run.run().runId()),
                  pin.seam().boundary(),
                  pin.seam().live(),
                  pin.ageMs(QueryLayer.MERGED, nowMs),
                  pin.lost(QueryLayer.MERGED)));
    } catch (MillraceException e) {
      unready = Optional.of(e);
    }
    Optional<RunSwitch> runs = version.served().map(view -> view.runs());
    Optional<RunData> answered = runs.flatMap(RunSwitch::answered);
    return new ViewReport(
        version.definition(),
        version.state(),
        unready,
        version.served().flatMap(ServedView::problem),
        standing,
        answered.map(run -> run.run().runId()),
        answered.map(RunData::groups),
        runs.map(RunSwitch::standsOn).orElse(List.of()),
        runs.map(RunSwitch::holds).orElse(List.of()),
        runs.map(RunSwitch::swaps).orElse(0L),
        runs.flatMap(RunSwitch::lastAudit),
        version.served().map(view -> view.compiled().columns()).orElse(List.of()));
  }

  public String name() {
    return definition.name();
  }

  /** What needs somebody's attention: not what merely takes its time. */
  public Optional<MillraceException> error() {
    return state == ViewState.FAILED ? unready : problem;
  }

  public boolean ready() {
    return unready.isEmpty();
  }
}
