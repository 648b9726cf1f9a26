package io.millrace.serving.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes connections that hold their place without using it. Jetty's idle time-out begins anew with
 * each byte, so that a client that sends a header byte by byte, or reads an answer so, would stay
 * for ever: here the whole header has a time, and the whole answer. Thread-safe.
 */
final class ConnectionWatch implements Connection.Listener {
  /** From the connection's beginning, or its last answer, to the end of the next header. */
  static final Duration HEADER = Duration.ofSeconds(20);

  /** From the end of a header to the last byte of its answer, if that is not large. */
  static final Duration ANSWER = Duration.ofMinutes(2);

  /** An answer has a second more for each so many of its bytes. */
  static final long BYTES_A_SECOND = 1 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionWatch.class);

  private record Phase(long sinceNanos, Duration time) {}

  private final Duration header;
  private final Duration answer;
  private final LongSupplier nanoTime;
  private final Map<EndPoint, Phase> phases = new ConcurrentHashMap<>();

  ConnectionWatch(Duration header, Duration answer, LongSupplier nanoTime) {
    this.header = header;
    this.answer = answer;
    this.nanoTime = nanoTime;
  }

  /** How long a connection may take to ask. */
  Duration header() {
    return header;
  }

  @Override
  public void onOpened(Connection connection) {
    phases.put(connection.getEndPoint(), new Phase(nanoTime.getAsLong(), header));
  }

  @Override
  public void onClosed(Connection connection) {
    phases.remove(connection.getEndPoint());
  }

  /** A header has been read; its answer begins. */
  void answering(EndPoint endPoint) {
    phases.replace(endPoint, new Phase(nanoTime.getAsLong(), answer));
  }

  /** It is known how long the answer is: a large one may take longer. */
  void sending(EndPoint endPoint, long bytes) {
    phases.computeIfPresent(
        endPoint,
        (point, phase) ->
            new Phase(phase.sinceNanos(), answer.plusSeconds(bytes / BYTES_A_SECOND)));
  }

  /** The last answer has gone out. */
  void answered(EndPoint endPoint) {
    phases.replace(endPoint, new Phase(nanoTime.getAsLong(), header));
  }

  /** Closes every connection whose time is over. */
  void sweep() {
    long now = nanoTime.getAsLong();
    phases.forEach(
        (endPoint, phase) -> {
          if (now - phase.sinceNanos() > phase.time().toNanos()) {
            LOG.debug("closes {}: longer than {}", endPoint, phase.time());
            phases.remove(endPoint);
            endPoint.close();
          }
        });
  }
}
