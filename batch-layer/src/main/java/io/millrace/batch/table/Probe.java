package io.millrace.batch.table;

/**
 * Told at the moments after which a process may die. Tests throw from it; otherwise it does
 * nothing.
 */
@FunctionalInterface
public interface Probe {
  Probe NONE = moment -> {};

  /** Moments, in their order. */
  enum Moment {
    REJECTED_COMMITTED,
    LAKE_STAGED,
    LAKE_COMMITTED,
    RUN_ANNOUNCED,
    RUN_STAGED,
    RUN_COMMITTED
  }

  void reached(Moment moment);
}
