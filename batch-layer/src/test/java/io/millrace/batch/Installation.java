package io.millrace.batch;

import io.millrace.batch.archive.Archive;
import io.millrace.batch.table.Probe;
import io.millrace.batch.topic.TopicOffsets;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Progress;
import io.millrace.control.model.SpeedKey;
import io.millrace.control.model.SpeedRecords;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.Lake;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.spark.sql.SparkSession;

/** A broker, a lake and a Spark session for the tests of one class. */
public final class Installation implements AutoCloseable {
  private static final AtomicInteger NEXT = new AtomicInteger();

  public final TestBroker broker;
  public final MillraceConfig config;
  public final SparkSession spark;
  public final Lake lake;

  public Installation(Path dir) {
    broker = TestBroker.start(dir.resolve("broker"));
    config = config(dir, broker.bootstrapServers());
    spark = BatchSession.open(config);
    lake = Lake.open(config, spark.sparkContext().hadoopConfiguration());
  }

  public static MillraceConfig config(Path dir, String bootstrapServers) {
    Map<String, String> settings = new HashMap<>();
    settings.put("data.dir", dir.resolve("data").toString());
    settings.put("kafka.bootstrap.servers", bootstrapServers);
    settings.put("kafka.connect.timeout", "60s");
    settings.put("namespace", "t" + NEXT.incrementAndGet());
    settings.put("batch.master", "local[2]");
    return MillraceConfig.load(Optional.empty(), Map.of(), settings);
  }

  /** Sends a committed transaction; a null in {@code values} is sent as bytes nobody can decode. */
  public void send(String topic, int partition, List<byte[]> values) {
    transaction(topic, partition, values, true);
  }

  /** Sends a transaction and aborts it. */
  public void sendAborted(String topic, int partition, List<byte[]> values) {
    transaction(topic, partition, values, false);
  }

  private void transaction(String topic, int partition, List<byte[]> values, boolean commit) {
    Map<String, Object> properties = broker.clientProperties();
    properties.put("transactional.id", "tx-" + NEXT.incrementAndGet());
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      long last = -1;
      List<Future<RecordMetadata>> sent =
          values.stream()
              .map(value -> producer.send(new ProducerRecord<>(topic, partition, null, value)))
              .toList();
      for (Future<RecordMetadata> record : sent) {
        last = record.get().offset();
      }
      if (commit) {
        producer.commitTransaction();
      } else {
        producer.abortTransaction();
      }
      // The broker answers before it has written the marker, which is what readers wait for.
      long marker = last + 1;
      Eventually.await(
          "the end of the transaction",
          Duration.ofSeconds(60),
          () -> TopicOffsets.read(config, topic).end().offset(partition) > marker);
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("cannot send to " + topic, e);
    }
  }

  public Archive archive(Probe probe) {
    return new Archive(config, spark, lake, probe, Archive.OFFSETS_PER_STEP);
  }

  /** Sends orders, one committed transaction: it takes an offset more than there are orders. */
  public void sendOrders(String topic, int partition, long from, long to) {
    send(topic, partition, LongStream.range(from, to).mapToObj(Orders::bytes).toList());
  }

  /** Says what the speed layer would of a partition of a view. */
  public void flush(
      ViewDefinition view, int partition, long birth, List<Long> cuts, long position) {
    Progress progress = new Progress(birth, cuts, position, 0, 0, 0, -1, "test");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            broker.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      producer
          .send(
              new ProducerRecord<>(
                  config.topics().speed(view),
                  partition,
                  new SpeedKey.Flush().toBytes(),
                  SpeedRecords.encode(progress)))
          .get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("cannot write progress", e);
    }
  }

  /** The visible rows of a batch view, as {@link Orders#expected} writes them. */
  public List<String> batchView(ViewDefinition view) {
    return spark.table(Lake.sparkName(Lake.viewId(view))).where("_visible").collectAsList().stream()
        .map(
            row ->
                row.getString(0)
                    + "/"
                    + row.getLong(1)
                    + "/"
                    + row.getLong(2)
                    + "/"
                    + "%.10f".formatted(row.getDouble(3)))
        .sorted()
        .toList();
  }

  /** The ids in the lake, sorted, repeated as often as they are there. */
  public List<Long> lakeIds() {
    return spark.sql("SELECT id FROM lake.sources.orders ORDER BY id").collectAsList().stream()
        .map(row -> row.getLong(0))
        .toList();
  }

  @Override
  public void close() {
    lake.close();
    spark.stop();
    broker.close();
  }
}
