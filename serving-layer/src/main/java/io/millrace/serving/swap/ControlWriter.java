package io.millrace.serving.swap;

import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;

/**
 * Where this replica says what became of runs, for every replica, now and after a restart. Writing
 * may block, and throw {@link io.millrace.control.error.MillraceException}.
 */
public interface ControlWriter {
  void publish(Refusal refusal);

  void publish(RunAudit audit);

  /** The process that writes. */
  String by();
}
