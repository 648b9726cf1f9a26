package io.millrace.speed.view;

/**
 * A view cannot go on on its partition. Its transaction is to be aborted; after that the view
 * stands still where it was at the last commit, and the others go on.
 */
public final class ViewStoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String viewId;
  private final int partition;
  private final transient StoppedView stopped;

  ViewStoppedException(String viewId, int partition, StoppedView stopped, Throwable cause) {
    super(stopped.reason(), cause);
    this.viewId = viewId;
    this.partition = partition;
    this.stopped = stopped;
  }

  public String viewId() {
    return viewId;
  }

  public int partition() {
    return partition;
  }

  public StoppedView stopped() {
    return stopped;
  }
}
