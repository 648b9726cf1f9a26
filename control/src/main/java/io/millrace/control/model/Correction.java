package io.millrace.control.model;

import java.util.Optional;

/**
 * What changed in the history that a run has read, since the run before it read it: a delete, an
 * update, a rollback of the lake, records given up for lost. It excuses the groups it touched, and
 * no other, from being what the run before and live state say. A run without one has read history
 * that was only continued.
 *
 * @param runId the run that read the changed history
 * @param view the view's name
 * @param version the view's version
 * @param kind which groups may differ
 * @param what the changes, for people
 * @param groups how many groups {@code location} lists
 * @param location the file that lists the keys of the groups
 * @param lost records given up for lost, {@code partition:from-to}, ends exclusive, separated by
 *     commas: live state may have counted them, so that its groups there may differ too
 * @param reach the exclusive end of the changed and lost records: a run with a boundary below it
 *     has not read all of the change
 */
public record Correction(
    String runId,
    String view,
    String version,
    Kind kind,
    String what,
    long groups,
    Optional<String> location,
    String lost,
    Position reach) {
  /** Which groups a correction excuses, besides those of lost records. */
  public enum Kind {
    /** Those listed. */
    GROUPS,
    /** All: more than can be listed were touched. */
    ALL,
    /** None: the lake no longer knows what changed. */
    UNKNOWN
  }

  /** {@code name/version} of the view, as {@link ViewDefinition#id}. */
  public String viewId() {
    return view + "/" + version;
  }
}
