package io.millrace.system.chaos;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A steady stream of events into both topics, made of a seed, whatever happens to the broker. */
final class Traffic implements AutoCloseable {
  private static final int PER_TICK = 4;
  private static final long TICK_MS = 40;

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final KafkaProducer<byte[], byte[]> producer;
  private final SplittableRandom random;
  private final Map<Shop, Integer> partitions = new EnumMap<>(Shop.class);
  private final Map<Shop, Long> sent = new EnumMap<>(Shop.class);
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile Duration clock = Duration.ZERO;
  private volatile Instant lastTimestamp = Instant.EPOCH;

  Traffic(String bootstrapServers, long seed) {
    this.random = new SplittableRandom(seed);
    for (Shop source : Shop.values()) {
      partitions.put(source, source.partitions);
      sent.put(source, 0L);
    }
    this.producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "acks",
                "all",
                "linger.ms",
                5,
                // A broker that is away for minutes loses nothing.
                "delivery.timeout.ms",
                900_000,
                "max.block.ms",
                900_000),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    timer.scheduleAtFixedRate(this::tick, 0, TICK_MS, TimeUnit.MILLISECONDS);
  }

  /** From now on events go to so many partitions, or to none if 0. */
  synchronized void spread(Shop source, int number) {
    partitions.put(source, number);
  }

  /** From now on events come from a clock that is off by so much. */
  void clock(Duration off) {
    clock = off;
  }

  /** The timestamp of the last record that Kafka took. */
  Instant lastTimestamp() {
    return lastTimestamp;
  }

  private synchronized void tick() {
    send(Shop.SALES, PER_TICK);
    send(Shop.RETURNS, 1);
  }

  private void send(Shop source, int number) {
    int spread = partitions.get(source);
    for (int i = 0; i < number && spread > 0; i++) {
      long next = sent.merge(source, 1L, Long::sum);
      Duration off = clock;
      producer.send(
          new ProducerRecord<>(
              source.topic,
              (int) (next % spread),
              Instant.now().plus(off).toEpochMilli(),
              null,
              Sale.next(random, next).later(off).toBytes()),
          (metadata, e) -> {
            if (e != null) {
              failure.compareAndSet(null, e);
            } else {
              lastTimestamp = Instant.ofEpochMilli(metadata.timestamp());
            }
          });
    }
  }

  /** Stops, and returns how many were sent when all are in the topics. */
  long stop() throws Exception {
    timer.shutdown();
    timer.awaitTermination(1, TimeUnit.MINUTES);
    producer.flush();
    if (failure.get() != null) {
      throw failure.get();
    }
    return sent.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void close() {
    timer.shutdownNow();
    producer.close(Duration.ZERO);
  }
}
