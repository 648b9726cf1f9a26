package io.millrace.serving.http;

import java.util.LinkedHashSet;
import java.util.Set;
import org.eclipse.jetty.io.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds how many connections there are: each takes a file and buffers. Past it, {@link
 * ConnectionWatch} says which one gives way. There may be more than answers that are made and
 * questions that wait for a position together, so that a client that waits for this server is never
 * cut off. A new one is never refused, and who asks whether the process lives is always heard.
 * Thread-safe.
 */
final class ConnectionBound implements Connection.Listener {
  static final int MOST = 3_072;

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionBound.class);

  private final int most;
  private final ConnectionWatch watch;

  private final Set<Connection> open = new LinkedHashSet<>();

  ConnectionBound(int most, ConnectionWatch watch) {
    this.most = most;
    this.watch = watch;
  }

  @Override
  public void onOpened(Connection connection) {
    Connection gone;
    synchronized (open) {
      gone = open.size() < most ? null : watch.leastMissed(open);
      open.remove(gone);
      open.add(connection);
    }
    if (gone == null) {
      return;
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
}
