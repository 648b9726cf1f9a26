package io.millrace.serving.http;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes connections that hold their place without using it. Jetty's idle time-out begins anew with
 * each byte, so that a client that sends a header byte by byte, or reads an answer so, would stay
 * for ever: here the whole header has a time, and the whole answer.
 *
 * <p>Bounds how many there are too, for each takes a file and buffers. Past it one gives way, see
 * {@link #leastMissed}. There may be more than answers that are made and questions that wait for a
 * position together, so that no client is cut off that waits for this server. A new one is never
 * refused, and who asks whether the process lives is always heard. Thread-safe.
 */
final class ConnectionWatch implements Connection.Listener {
  /** From the connection's beginning, or its last answer, to the end of the next header. */
  static final Duration HEADER = Duration.ofSeconds(20);

  /** From the end of a header to the last byte of its answer, if that is not large. */
  static final Duration ANSWER = Duration.ofMinutes(2);

  /** An answer has a second more for each so many of its bytes. */
  static final long BYTES_A_SECOND = 1 << 20;

  static final int MOST = 3_072;

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionWatch.class);

  /** Whose turn it is. */
  private enum Turn {
    /** There is no question, or only a part of its header. */
    NOBODY,
    /** A client that has asked still sends its question's body, or reads the answer. */
    CLIENT,
    /** An answer is made, or waits for a position. */
    SERVER
  }

  /**
   * @param sinceNanos when the last answer had gone out, or since when it is answered
   * @param time how long it may take from then on
   */
  private record Phase(Turn turn, long sinceNanos, Duration time) {}

  private final Duration header;
  private final Duration answer;
  private final LongSupplier nanoTime;
  private final int most;
  private final Map<EndPoint, Phase> phases = new ConcurrentHashMap<>();

  ConnectionWatch(Duration header, Duration answer, LongSupplier nanoTime) {
    this(header, answer, nanoTime, MOST);
  }

  /**
   * @param most so many connections there are at most
   */
  ConnectionWatch(Duration header, Duration answer, LongSupplier nanoTime, int most) {
    this.header = header;
    this.answer = answer;
    this.nanoTime = nanoTime;
    this.most = most;
  }

  /** How long a connection may take to ask. */
  Duration header() {
    return header;
  }

  @Override
  public void onOpened(Connection connection) {
    Optional<EndPoint> gone = Optional.empty();
    synchronized (phases) {
      if (phases.size() >= most) {
        gone = leastMissed();
        gone.ifPresent(phases::remove);
      }
      phases.put(connection.getEndPoint(), new Phase(Turn.NOBODY, nanoTime.getAsLong(), header));
    }
    gone.ifPresent(
        endPoint -> {
          LOG.debug("closes {}: there are more than {} connections", endPoint, most);
          endPoint.close();
        });
  }

  /**
   * The one that has asked nothing for longest; where all have, the one whose client has taken
   * longest; one that waits for this server only where there is no other.
   */
  private Optional<EndPoint> leastMissed() {
    EndPoint least = null;
    Phase its = null;
    for (Map.Entry<EndPoint, Phase> one : phases.entrySet()) {
      Phase phase = one.getValue();
      int turn = its == null ? -1 : phase.turn().compareTo(its.turn());
      if (turn < 0 || (turn == 0 && phase.sinceNanos() - its.sinceNanos() < 0)) {
        least = one.getKey();
        its = phase;
      }
    }
    return Optional.ofNullable(least);
  }

  @Override
  public void onClosed(Connection connection) {
    phases.remove(connection.getEndPoint());
  }

  /** A header has been read; its answer begins. */
  void answering(EndPoint endPoint) {
    phases.replace(endPoint, new Phase(Turn.CLIENT, nanoTime.getAsLong(), answer));
  }

  /** The question has been read: until {@link #sending} the client can do nothing. */
  void making(EndPoint endPoint) {
    phases.computeIfPresent(
        endPoint, (point, phase) -> new Phase(Turn.SERVER, phase.sinceNanos(), phase.time()));
  }

  /**
   * The client reads an answer now.
   *
   * @param bytes of it: a large one may take longer
   */
  void sending(EndPoint endPoint, long bytes) {
    Duration time = answer.plusSeconds(bytes / BYTES_A_SECOND);
    phases.computeIfPresent(
        endPoint, (point, phase) -> new Phase(Turn.CLIENT, phase.sinceNanos(), time));
  }

  /** The last answer has gone out. */
  void answered(EndPoint endPoint) {
    phases.replace(endPoint, new Phase(Turn.NOBODY, nanoTime.getAsLong(), header));
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
