package io.millrace.control.model;

import java.time.Instant;

/**
 * That a completed run was taken over, and why: from then on answers may come from it, and the next
 * run is compared with it. A run without one has been compared with nothing, and nothing is
 * compared with it. Replicas that audit the same run say the same of it; who compared says more
 * than who did not.
 *
 * @param runId the run
 * @param view the view's name
 * @param version the view's version
 * @param outcome what the audit found, or that there was none
 * @param base id of the run it was compared with; where it was compared with nothing, of the run
 *     taken over last before it; empty if there was none
 * @param detail what explains differences, or why nothing was compared, for people
 * @param by the process that says so
 * @param at when it said so
 */
public record RunAudit(
    String runId,
    String view,
    String version,
    Outcome outcome,
    String base,
    String detail,
    String by,
    Instant at) {
  /** Why a run was taken over. */
  public enum Outcome {
    /** It was found equal. */
    EQUAL,
    /** It was found different, as was declared. */
    CORRECTED,
    /** A person accepted it, though an audit had refused it. */
    ACCEPTED,
    /** It could not be compared, or nobody was there to compare it. */
    TRUSTED
  }

  /** Whether somebody looked at it: an audit or a person. */
  public boolean compared() {
    return outcome != Outcome.TRUSTED;
  }

  /** {@code name/version} of the view, as {@link ViewDefinition#id}. */
  public String viewId() {
    return view + "/" + version;
  }
}
