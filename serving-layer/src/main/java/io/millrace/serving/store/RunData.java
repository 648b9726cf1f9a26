package io.millrace.serving.store;

import io.millrace.control.model.RunRecord;

/**
 * A run's batch state in the local store. Counted like its table: who {@link StoreTable#retain}s
 * the table may read it.
 *
 * @param run the run, completed
 * @param table group key to state
 * @param groups how many groups it holds
 */
public record RunData(RunRecord run, StoreTable table, long groups) {
  /** What errors call it. */
  public String subject() {
    return "run " + run.runId() + " of view " + run.view();
  }
}
