package io.millrace.batch.run;

/** Told which run this process is executing, so that others do not take it for dead. */
public interface RunOwner {
  /** Before the run is announced. */
  void began(String runId);

  /** When it has ended, either way. */
  void ended(String runId);
}
