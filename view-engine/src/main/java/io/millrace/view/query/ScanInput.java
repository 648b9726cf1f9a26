package io.millrace.view.query;

import io.millrace.view.GroupState;
import io.millrace.view.ViewProgram;
import java.util.List;

/** What a scan passes over. */
public sealed interface ScanInput {
  /**
   * The groups of a view.
   *
   * @param program of the scan's view, used by nobody else meanwhile
   * @param groups those of the scan's ranges
   */
  record OfView(ViewProgram program, Groups groups) implements ScanInput {}

  /**
   * The rows of a lookup.
   *
   * @param rows those of the scan's ranges
   */
  record OfLookup(LookupRows rows) implements ScanInput {}

  /** Groups one after the other, ascending by key. Thread-confined. */
  interface Groups {
    /** Goes to the next group; false at the end. */
    boolean next();

    byte[] key();

    /**
     * Passes over groups of these ranges only. To be called before the first {@link #next}.
     *
     * @param ranges disjoint and ascending, within those of the scan
     */
    void narrow(List<ScanPlan.Range> ranges);

    /** The group's merged state, made when it is asked for; the caller's own. */
    GroupState state();
  }

  /** Rows one after the other, ascending by key. Thread-confined. */
  interface LookupRows {
    /** Goes to the next row; false at the end. */
    boolean next();

    byte[] key();

    /** The row, as {@link io.millrace.view.lookup.LookupEncoder} made it; the caller's own. */
    byte[] row();

    /** Counts a row of a join that found none here. */
    void missed();
  }
}
