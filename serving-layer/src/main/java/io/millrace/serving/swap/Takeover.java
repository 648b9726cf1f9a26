package io.millrace.serving.swap;

import io.millrace.control.error.Reason;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunAudit.Outcome;
import io.millrace.control.model.RunRecord;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** What is said of a run that is about to answer. Pure, but for the clock. */
final class Takeover {
  private Takeover() {}

  /** After an audit, or without one where none was possible. */
  static RunAudit audited(RunRecord run, Verdict verdict, ControlState control, String by) {
    Audit.Report report = verdict.report();
    if (verdict.kind() != Verdict.Kind.TRUST) {
      boolean equal = report.outcome() == Audit.Outcome.EQUAL;
      return said(
          run,
          equal ? Outcome.EQUAL : Outcome.CORRECTED,
          report.base(),
          equal ? "" : report.detail(),
          by);
    }
    String last = lastTaken(control, run);
    String since =
        last.isEmpty()
            ? "nothing was there to compare it with: "
            : "not compared since " + last + ": ";
    return said(run, Outcome.TRUSTED, last, since + report.detail(), by);
  }

  /** What is known of a run that was taken over, or accepted by a person. */
  static RunAudit known(RunRecord run, ControlState control, String by) {
    RunAudit said = control.audits().get(run.runId());
    return said != null ? said : accepted(run, control, by);
  }

  private static RunAudit accepted(RunRecord run, ControlState control, String by) {
    Optional<Refusal> refusal = Optional.ofNullable(control.refusals().get(run.runId()));
    return said(
        run,
        Outcome.ACCEPTED,
        refusal.map(Refusal::base).orElse(""),
        refusal.map(Refusal::reason).orElse(""),
        by);
  }

  /** Whether a replica has compared the run, or a person accepted it, and nobody refuses it. */
  static boolean comparedElsewhere(RunRecord run, ControlState control) {
    RunAudit said = control.audits().get(run.runId());
    return said != null && said.compared() && !control.refused(run.runId());
  }

  /** Whether {@code audit} says more than the control topic has. */
  static boolean isNews(RunAudit audit, ControlState control) {
    RunAudit known = control.audits().get(audit.runId());
    return known == null || (audit.compared() && !known.compared());
  }

  private static String lastTaken(ControlState control, RunRecord run) {
    return control.bases(run.viewId()).stream()
        .map(RunRecord::runId)
        .filter(id -> control.taken(id) && id.compareTo(run.runId()) < 0)
        .reduce((earlier, later) -> later)
        .orElse("");
  }

  private static RunAudit said(
      RunRecord run, Outcome outcome, String base, String detail, String by) {
    return new RunAudit(
        run.runId(),
        run.view(),
        run.version(),
        outcome,
        base,
        Reason.brief(detail),
        by,
        Instant.now().truncatedTo(ChronoUnit.MICROS));
  }
}
