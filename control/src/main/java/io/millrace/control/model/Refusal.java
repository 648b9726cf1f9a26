package io.millrace.control.model;

import java.time.Instant;
import java.util.Optional;

/**
 * That a completed run failed its audit, or was rejected, and so is not answered from. It stands,
 * for every replica and across restarts, until somebody accepts the run or the run is forgotten.
 *
 * @param runId the refused run
 * @param view the view's name
 * @param version the view's version
 * @param base id of the run it was compared with
 * @param reason what differs and what to do, for people
 * @param refusedAt when it was refused
 * @param acceptedAt when the run was accepted all the same
 * @param rejected whether a person said so: then replicas that answer from the run leave it too
 */
public record Refusal(
    String runId,
    String view,
    String version,
    String base,
    String reason,
    Instant refusedAt,
    Optional<Instant> acceptedAt,
    boolean rejected) {
  /** A refusal by an audit. */
  public Refusal(
      String runId,
      String view,
      String version,
      String base,
      String reason,
      Instant refusedAt,
      Optional<Instant> acceptedAt) {
    this(runId, view, version, base, reason, refusedAt, acceptedAt, false);
  }

  /** Whether the run is still not to be answered from. */
  public boolean stands() {
    return acceptedAt.isEmpty();
  }

  /** The same, with the run accepted. */
  public Refusal accepted(Instant at) {
    return new Refusal(runId, view, version, base, reason, refusedAt, Optional.of(at), rejected);
  }
}
