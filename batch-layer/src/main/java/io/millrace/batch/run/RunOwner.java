package io.millrace.batch.run;

import io.millrace.control.model.RunRecord;

/** Told which run this process is executing, so that others do not take it for dead. */
public interface RunOwner {
  /** Before the run is announced. */
  void began(String runId);

  /**
   * When its rows are computed.
   *
   * @param failed records below the boundary that the view throws on: they are in no row
   */
  void computed(RunRecord run, long failed);

  /** When it has ended, either way. */
  void ended(String runId);
}
