package io.millrace.control.log;

import io.millrace.control.log.ControlKey.Kind;
import io.millrace.control.model.Correction;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.Position;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the control topic says at one of its offsets. Immutable and thread-safe.
 *
 * @param sources by name, the newest applied
 * @param views by {@link ViewDefinition#id}, every version that is not retired, in the order they
 *     were applied
 * @param runs by run id, ascending
 * @param refusals by the id of the refused run, ascending
 * @param corrections by the id of the run that read the changed history, ascending
 * @param audits by the id of the run that was taken over, ascending
 * @param unreadable keys whose last record this release cannot read, and where it is and why: what
 *     they say is in doubt, and nothing is deleted because of it
 * @param lookups by name
 */
public record ControlState(
    Map<String, SourceDefinition> sources,
    Map<String, ViewDefinition> views,
    Map<String, RunRecord> runs,
    Map<String, Refusal> refusals,
    Map<String, Correction> corrections,
    Map<String, RunAudit> audits,
    Map<String, String> unreadable,
    Map<String, LookupDefinition> lookups) {
  /** What an empty topic says. */
  public static final ControlState EMPTY =
      new ControlState(Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Map.of());

  /** A state without lookups, in which nothing is in doubt. */
  public ControlState(
      Map<String, SourceDefinition> sources,
      Map<String, ViewDefinition> views,
      Map<String, RunRecord> runs,
      Map<String, Refusal> refusals,
      Map<String, Correction> corrections,
      Map<String, RunAudit> audits) {
    this(sources, views, runs, refusals, corrections, audits, Map.of(), Map.of());
  }

  /** A state without corrections and audits. */
  public ControlState(
      Map<String, SourceDefinition> sources,
      Map<String, ViewDefinition> views,
      Map<String, RunRecord> runs,
      Map<String, Refusal> refusals) {
    this(sources, views, runs, refusals, Map.of(), Map.of());
  }

  /**
   * The lake tables that are read or written: those of the sources as applied, and of older view
   * versions that are live still.
   */
  public Set<String> lakeTables() {
    Set<String> tables = new TreeSet<>();
    sources.values().forEach(source -> tables.add(source.lakeTable()));
    views.values().forEach(view -> tables.add(view.source().lakeTable()));
    return tables;
  }

  /** The newest version of each view name, in the order of their names. */
  public Collection<ViewDefinition> currentViews() {
    Map<String, ViewDefinition> newest = new java.util.TreeMap<>();
    views.values().forEach(view -> newest.put(view.name(), view));
    return newest.values();
  }

  /** The newest applied version of the view called {@code name}. */
  public Optional<ViewDefinition> current(String name) {
    return views.values().stream().filter(v -> v.name().equals(name)).reduce((a, b) -> b);
  }

  /**
   * How often live state was begun anew for the view called {@code name}; 0 if there is none. A
   * version that replaces those there are has this generation, or it would take over state that was
   * given up.
   */
  public int generation(String name) {
    return views.values().stream()
        .filter(view -> view.name().equals(name))
        .mapToInt(ViewDefinition::generation)
        .max()
        .orElse(0);
  }

  /** Runs of one view version that have {@code status}, oldest first. */
  public List<RunRecord> runs(String viewId, RunRecord.Status status) {
    return runs.values().stream()
        .filter(run -> run.status() == status && run.viewId().equals(viewId))
        .sorted(Comparator.comparing(RunRecord::runId))
        .toList();
  }

  /** The ids of view versions that were applied in a record that cannot be read. */
  public Set<String> viewsInDoubt() {
    String prefix = new ControlKey(Kind.VIEW, "").text();
    return unreadable.keySet().stream()
        .filter(key -> key.startsWith(prefix))
        .map(key -> key.substring(prefix.length()))
        .collect(Collectors.toSet());
  }

  /** Whether something is said of the run in a record that cannot be read. */
  public boolean runInDoubt(String runId) {
    return Stream.of(Kind.RUN, Kind.REFUSAL, Kind.AUDIT)
        .anyMatch(kind -> unreadable.containsKey(new ControlKey(kind, runId).text()));
  }

  /** The refusal of the run, if there is one that stands: one that cannot be read does. */
  public Optional<Refusal> refusal(String runId) {
    String key = new ControlKey(Kind.REFUSAL, runId).text();
    return unreadable.containsKey(key)
        ? Optional.ofNullable(runs.get(runId)).map(run -> inDoubt(run, unreadable.get(key)))
        : Optional.ofNullable(refusals.get(runId)).filter(Refusal::stands);
  }

  private static Refusal inDoubt(RunRecord run, String why) {
    return new Refusal(
        run.runId(),
        run.view(),
        run.version(),
        "",
        "cannot tell whether run "
            + run.runId()
            + " of view "
            + run.view()
            + " is refused: found a record that this release cannot read ("
            + why
            + "), expected one of this or an earlier release; upgrade this process, or say it anew:"
            + " `millrace runs "
            + run.view()
            + " --accept "
            + run.runId()
            + "`",
        run.finishedAt().orElse(run.startedAt()),
        Optional.empty());
  }

  /** Whether a refusal of the run stands. */
  public boolean refused(String runId) {
    return refusal(runId).isPresent();
  }

  /** Completed runs of one view version that are not refused, oldest first. */
  public List<RunRecord> sound(String viewId) {
    return runs(viewId, RunRecord.Status.COMPLETED).stream()
        .filter(run -> !refused(run.runId()))
        .toList();
  }

  /** Whether answers have come from the run, as its audit says, or may, as a person said. */
  public boolean taken(String runId) {
    return audits.containsKey(runId) || (refusals.containsKey(runId) && !refused(runId));
  }

  /** Whether any completed run of the view version is {@link #taken}, be it refused now or not. */
  public boolean anyTaken(String viewId) {
    return runs(viewId, RunRecord.Status.COMPLETED).stream().anyMatch(run -> taken(run.runId()));
  }

  /**
   * The runs of one view version that answers may stand on and that newer ones are compared with,
   * oldest first: the sound ones that are {@link #taken}. Where none has been yet, the oldest sound
   * one: it is the first that may be.
   */
  public List<RunRecord> bases(String viewId) {
    List<RunRecord> sound = sound(viewId);
    return anyTaken(viewId)
        ? sound.stream().filter(run -> taken(run.runId())).toList()
        : sound.stream().limit(1).toList();
  }

  /**
   * The corrections that lie between two runs of one view version: those of later runs than the
   * base up to the run, and earlier ones that reach past what the base has read.
   *
   * @param base empty: a run over nothing
   */
  public List<Correction> corrections(Optional<RunRecord> base, RunRecord run) {
    String after = base.map(RunRecord::runId).orElse("");
    Position read = base.map(RunRecord::boundary).orElse(Position.empty());
    return corrections.values().stream()
        .filter(correction -> correction.viewId().equals(run.viewId()))
        .filter(correction -> correction.runId().compareTo(run.runId()) <= 0)
        .filter(
            correction ->
                correction.runId().compareTo(after) > 0 || !read.covers(correction.reach()))
        .toList();
  }
}
