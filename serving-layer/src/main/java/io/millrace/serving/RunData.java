package io.millrace.serving;

import io.millrace.control.RunRecord;

/**
 * A run's batch state in the local store. Counted like its table: who {@link StoreTable#retain}s
 * the table may read it.
 *
 * @param run the run, completed
 * @param table group key to state
 * @param groups how many groups it holds
 */
record RunData(RunRecord run, StoreTable table, long groups) {}
