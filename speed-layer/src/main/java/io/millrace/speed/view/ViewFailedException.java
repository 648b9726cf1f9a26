package io.millrace.speed.view;

import io.millrace.control.error.Reason;

/**
 * A view expression threw in the middle of a state change; the task goes back to its last flush.
 */
public final class ViewFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String viewId;

  ViewFailedException(String viewId, Throwable cause) {
    super("view " + viewId + " failed on a record: " + Reason.of(cause), cause);
    this.viewId = viewId;
  }

  public String viewId() {
    return viewId;
  }
}
