package io.millrace.launcher.demo;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.SourceDefinition;
import io.millrace.producer.AvroWriter;
import io.millrace.producer.TopicWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;

/** Feeds the shop's sources with events at a steady rate, from a thread of its own. */
public final class ShopTraffic implements AutoCloseable {
  private static final long TICK_MS = 10;
  private static final double CATCH_UP_SECONDS = 1;
  private static final Duration LINGER = Duration.ofMillis(5);

  private final ShopEvents events;
  private final double rate;
  private final Map<String, TopicWriter> topics = new HashMap<>();
  private final Map<String, Schema> schemas = new HashMap<>();
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private long began;
  private volatile long sent;
  private volatile RuntimeException failure;

  /**
   * @param sources those of {@code examples/shop}
   * @param rate events per second
   * @param seed of the events
   */
  public ShopTraffic(
      MillraceConfig config, List<SourceDefinition> sources, double rate, long seed) {
    this.events = new ShopEvents(seed, Instant.now());
    this.rate = rate;
    for (SourceDefinition source : sources) {
      topics.put(source.name(), TopicWriter.open(config, source, LINGER));
      schemas.put(source.name(), AvroWriter.schema(source));
    }
  }

  public void start() {
    began = System.nanoTime();
    thread.scheduleAtFixedRate(this::tick, 0, TICK_MS, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    double seconds = (System.nanoTime() - began) / 1e9;
    // After a pause it catches up a second's events at a time.
    long due = Math.min((long) (seconds * rate), sent + (long) Math.ceil(rate * CATCH_UP_SECONDS));
    try {
      while (sent < due) {
        ShopEvent event = events.next(Instant.now());
        topics
            .get(event.source())
            .send(
                -1,
                event.key().getBytes(StandardCharsets.UTF_8),
                ShopRecords.of(schemas.get(event.source()), event));
        sent++;
      }
    } catch (RuntimeException e) {
      failure = e;
      throw e;
    }
  }

  /** Events handed over so far. */
  public long sent() {
    return sent;
  }

  /** What stopped the traffic, if something did. */
  public Optional<RuntimeException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Stops, and returns when everything sent is in the topics. */
  public void stop() {
    thread.shutdown();
    try {
      thread.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    topics.values().forEach(TopicWriter::flush);
  }

  @Override
  public void close() {
    thread.shutdownNow();
    topics.values().forEach(TopicWriter::close);
  }
}
