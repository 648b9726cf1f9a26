package io.millrace.system.container;

import io.millrace.system.CheckedView;
import io.millrace.system.TopicTail;
import io.millrace.testkit.oracle.Accumulator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A steady stream of sales, the application that counts them, and the oracle that knows better. */
final class Sales implements AutoCloseable {
  static final String TOPIC = "faults.sales";
  static final String VIEW = "sales_by_item";
  private static final int PARTITIONS = 4;
  private static final int PER_TICK = 8;
  private static final long TICK_MS = 20;

  private static final Schema SCHEMA =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Sale", "namespace": "faults", "fields": [
                {"name": "shop", "type": "string"},
                {"name": "item", "type": "int"},
                {"name": "amount", "type": "long"}]}""");

  /** One sale. */
  record Sale(String shop, int item, long amount) {}

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final KafkaProducer<byte[], byte[]> producer;
  private final BinaryMessageEncoder<GenericData.Record> encoder =
      new BinaryMessageEncoder<>(new GenericData(), SCHEMA);
  private final SplittableRandom random;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  Sales(String bootstrapServers, long seed) {
    this.random = new SplittableRandom(seed);
    this.producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrapServers, "acks", "all", "linger.ms", 5),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    System.out.println("sales with seed " + seed);
  }

  /** Writes the application folder. */
  static Path application(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("sale.avsc"), SCHEMA.toString());
    Files.writeString(
        directory.resolve("sales.sql"),
        """
        CREATE TABLE sales USING kafka OPTIONS (
          topic '%s', schema 'sale.avsc', partitions '%d');
        CREATE VIEW %s AS SELECT shop, item, count(*) AS sales, sum(amount) AS amount,
          max(amount) AS largest FROM sales GROUP BY shop, item;
        """
            .formatted(TOPIC, PARTITIONS, VIEW));
    return directory;
  }

  static TopicTail<Sale> tail(String bootstrapServers) {
    return new TopicTail<>(
        bootstrapServers,
        TOPIC,
        SCHEMA,
        record ->
            new Sale(
                record.get("shop").toString(),
                (int) record.get("item"),
                (long) record.get("amount")));
  }

  static CheckedView<Sale> oracle(TopicTail<Sale> tail) {
    LinkedHashMap<String, Supplier<Accumulator<Sale>>> aggregates = new LinkedHashMap<>();
    aggregates.put("sales", Accumulator.count());
    aggregates.put("amount", Accumulator.sumLong(Sale::amount));
    aggregates.put("largest", Accumulator.max(Sale::amount));
    return new CheckedView<>(
        VIEW,
        tail.log(),
        List.of("shop", "item"),
        sale -> List.of(List.of(sale.shop(), sale.item())),
        aggregates,
        values -> true);
  }

  void start() {
    timer.scheduleAtFixedRate(this::tick, 0, TICK_MS, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    for (int i = 0; i < PER_TICK; i++) {
      GenericData.Record sale = new GenericData.Record(SCHEMA);
      sale.put("shop", "shop-" + random.nextInt(5));
      sale.put("item", random.nextInt(1 + random.nextInt(40)));
      sale.put("amount", random.nextLong(1, 10_000));
      try {
        ByteBuffer bytes = encoder.encode(sale);
        byte[] value = new byte[bytes.remaining()];
        bytes.get(value);
        int partition = (int) (sent.getAndIncrement() % PARTITIONS);
        producer.send(
            new ProducerRecord<>(TOPIC, partition, null, value),
            (metadata, e) -> {
              if (e != null) {
                failure.compareAndSet(null, e);
              }
            });
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Stops, and returns how many were sent when all are in the topic. */
  long stop() throws Exception {
    timer.shutdown();
    timer.awaitTermination(10, TimeUnit.SECONDS);
    producer.flush();
    if (failure.get() != null) {
      throw failure.get();
    }
    return sent.get();
  }

  @Override
  public void close() {
    timer.shutdownNow();
    producer.close();
  }
}
