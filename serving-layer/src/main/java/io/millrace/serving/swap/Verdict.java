package io.millrace.serving.swap;

/**
 * What follows from an audit. Pure.
 *
 * @param kind what is to be done with the run
 * @param report the audit's, with what explains its differences
 */
record Verdict(Kind kind, Audit.Report report) {
  enum Kind {
    /** It answers: it was found equal, or as declared. */
    ANSWER,
    /** It answers although it could not be compared. */
    TRUST,
    /** It is compared again later. */
    WAIT,
    /** It does not answer. */
    REFUSE
  }

  /**
   * What else there is to know.
   *
   * @param answering whether a run answers meanwhile
   * @param liveAnswers whether live state alone answers meanwhile, as before the first run
   * @param alarmed whether a refusal stands: only a comparison that succeeds, or an explanation,
   *     ends it
   * @param reportOnly whether differences are only reported
   * @param patient whether live state that is behind is to be waited for still
   */
  record Situation(
      boolean answering,
      boolean liveAnswers,
      boolean alarmed,
      boolean reportOnly,
      boolean patient) {}

  static Verdict of(Audit.Report report, Situation now) {
    Audit.Outcome outcome = report.outcome();
    if (!now.answering && !now.alarmed && onTrust(outcome, now)) {
      return new Verdict(Kind.TRUST, report);
    }
    if (outcome == Audit.Outcome.TOO_EARLY && (now.patient || now.alarmed)) {
      return new Verdict(Kind.WAIT, report);
    }
    if (outcome == Audit.Outcome.EQUAL || outcome == Audit.Outcome.CORRECTED) {
      return new Verdict(Kind.ANSWER, report);
    }
    if (outcome != Audit.Outcome.DIFFERENT && !now.alarmed) {
      return new Verdict(Kind.TRUST, report);
    }
    return now.reportOnly
        ? new Verdict(Kind.ANSWER, report.explained("the view's property 'audit' = 'report'"))
        : new Verdict(Kind.REFUSE, report);
  }

  /**
   * Whether a first run answers without a comparison: where live state began after the first
   * record, and where it is behind the run and nothing else answers meanwhile.
   */
  private static boolean onTrust(Audit.Outcome outcome, Situation now) {
    return outcome == Audit.Outcome.NOT_POSSIBLE
        || (outcome == Audit.Outcome.TOO_EARLY && !now.liveAnswers);
  }
}
