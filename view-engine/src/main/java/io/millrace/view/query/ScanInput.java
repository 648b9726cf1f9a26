package io.millrace.view.query;

import io.millrace.view.ViewProgram;
import java.util.List;

/**
 * The groups that a scan passes over.
 *
 * @param program of the scan's view, used by nobody else meanwhile
 * @param groups those of the scan's ranges
 */
public record ScanInput(ViewProgram program, Groups groups) {
  /** Groups one after the other, ascending by key. Thread-confined. */
  public interface Groups {
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
    io.millrace.view.GroupState state();
  }
}
