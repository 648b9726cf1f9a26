package io.millrace.serving.http;

import java.util.LinkedHashSet;
import java.util.Set;
import org.eclipse.jetty.io.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds how many connections there are: each takes a file and buffers. Past it, the oldest one
 * that waits for a question gives way, or else the one that has been answered longest: fewer than
 * this are computed at once, so that one is read slowly. A new one is never refused, and who asks
 * whether the process lives is always heard. Thread-safe.
 */
final class ConnectionBound implements Connection.Listener {
  static final int MOST = 1_024;

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionBound.class);

  private final int most;

  /** The oldest first. */
  private final Set<Connection> open = new LinkedHashSet<>();

  ConnectionBound(int most) {
    this.most = most;
  }

  @Override
  public void onOpened(Connection connection) {
    Connection gone;
    synchronized (open) {
      open.add(connection);
      if (open.size() <= most) {
        return;
      }
      gone =
          open.stream()
              .filter(one -> one != connection && idle(one))
              .findFirst()
              .orElseGet(() -> open.iterator().next());
      open.remove(gone);
    }
    LOG.debug("closes {}: there are more than {} connections", gone, most);
    gone.getEndPoint().close();
  }

  @Override
  public void onClosed(Connection connection) {
    synchronized (open) {
      open.remove(connection);
    }
  }

  /** Every question that came has been answered. */
  private static boolean idle(Connection connection) {
    return connection.getMessagesIn() == connection.getMessagesOut();
  }
}
