package io.millrace.speed.streams;

import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.speed.task.SourceFeed;
import io.millrace.speed.view.ViewFailedException;
import io.millrace.speed.view.ViewStoppedException;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.Metric;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka Streams for one source. A stream thread that dies is replaced, after a pause that grows
 * while the cause lasts; its transaction is aborted, so that nothing is skipped or counted twice.
 *
 * <p>Thread-safe.
 */
public final class SourceStream implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SourceStream.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration CALM = Duration.ofSeconds(20);

  /** A thread that dies is replaced within {@link #LONGEST_PAUSE}. */
  private static final Duration THREADLESS = Duration.ofMinutes(1);

  private record Failure(String text, long atNs, Duration pause) {}

  private final String source;
  private final String application;
  private final SourceFeed feed;
  private final KafkaStreams streams;
  private final AtomicReference<Failure> failure = new AtomicReference<>();
  private volatile long threadsSeenNs = System.nanoTime();

  /**
   * @param application Kafka Streams' application id, which {@code settings} has too
   */
  public SourceStream(
      String source, String application, SourceFeed feed, Topology topology, Properties settings) {
    this.source = source;
    this.application = application;
    this.feed = feed;
    this.streams = new KafkaStreams(topology, settings);
    streams.setUncaughtExceptionHandler(this::survive);
  }

  public void start() {
    streams.start();
  }

  public String application() {
    return application;
  }

  public SourceFeed feed() {
    return feed;
  }

  public KafkaStreams.State state() {
    return streams.state();
  }

  /** Why a stream thread died lately. */
  public Optional<String> error() {
    Failure last = failure.get();
    return last == null || System.nanoTime() - last.atNs() > CALM.toNanos()
        ? Optional.empty()
        : Optional.of(last.text());
  }

  /** Looks whether there are threads; to be called every few seconds. */
  public void watch() {
    if (!threadless()) {
      threadsSeenNs = System.nanoTime();
    }
  }

  /** Whether it should have threads and has none. */
  private boolean threadless() {
    return streams.state().isRunningOrRebalancing() && threads() == 0;
  }

  /** How many stream threads live. */
  public int threads() {
    try {
      return (int)
          streams.metadataForLocalThreads().stream()
              .filter(thread -> !thread.threadState().equals("DEAD"))
              .count();
    } catch (IllegalStateException e) {
      LOG.debug("source {}: neither running nor rebalancing", source, e);
      return 0;
    }
  }

  /** Kafka Streams' own. */
  public Collection<? extends Metric> metrics() {
    return streams.metrics().values();
  }

  /** Why the source stands still for good: no stream thread is left, and none came for a minute. */
  public Optional<String> dead() {
    Duration since = Duration.ofNanos(System.nanoTime() - threadsSeenNs);
    return threadless() && since.compareTo(THREADLESS) > 0
        ? Optional.of(
            "source " + source + " has had no stream thread for " + since.toSeconds() + " s")
        : Optional.empty();
  }

  private StreamThreadExceptionResponse survive(Throwable thrown) {
    Throwable cause = rootCause(thrown);
    if (cause instanceof ViewFailedException failed) {
      LOG.warn("source {}: {}; going back to the last flush", source, failed.getMessage());
      feed.guard(failed.viewId());
      return StreamThreadExceptionResponse.REPLACE_THREAD;
    }
    if (cause instanceof ViewStoppedException stopped) {
      LOG.error("source {}: {}", source, stopped.getMessage(), stopped);
      feed.stop(stopped.viewId(), stopped.partition(), stopped.stopped());
      return StreamThreadExceptionResponse.REPLACE_THREAD;
    }
    Failure before = failure.get();
    boolean again = before != null && System.nanoTime() - before.atNs() < CALM.toNanos();
    Duration pause = again ? min(before.pause().multipliedBy(2), LONGEST_PAUSE) : FIRST_PAUSE;
    String text =
        KafkaRefusal.of(thrown)
            .map(MillraceException::getMessage)
            .orElseGet(() -> Reason.of(cause));
    failure.set(new Failure(text, System.nanoTime(), pause));
    LOG.error("source {}: a stream thread ended, another starts in {}", source, pause, thrown);
    return feed.pause(pause)
        ? StreamThreadExceptionResponse.REPLACE_THREAD
        : StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
  }

  /** The first cause that says something in Millrace's words, or the innermost one. */
  private static Throwable rootCause(Throwable thrown) {
    Throwable at = thrown;
    while (at.getCause() != null
        && !(at instanceof ViewFailedException)
        && !(at instanceof ViewStoppedException)
        && !(at instanceof MillraceException)) {
      at = at.getCause();
    }
    return at;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** Commits what is done, and leaves; waits at most {@code timeout}. */
  public boolean close(Duration timeout) {
    feed.close();
    return streams.close(timeout);
  }

  @Override
  public void close() {
    close(Duration.ofSeconds(6));
  }
}
