package io.millrace.view.query;

import io.millrace.view.ViewProgram;

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

    /** The group's merged state, made when it is asked for; the caller's own. */
    io.millrace.view.GroupState state();
  }
}
