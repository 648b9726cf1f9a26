package io.millrace.speed;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.model.SpeedRecords;
import io.millrace.control.model.ViewDefinition;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.Processes;
import io.millrace.testkit.SpeedTopicReader;
import io.millrace.testkit.TestBroker;
import io.millrace.testkit.TestConfig;
import io.millrace.testkit.TestProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How fast the running layer catches up with a preloaded topic, and how long after its
 * acknowledgement a record is readable. Prints the numbers; asserts only that all records arrive.
 * Profile {@code benchmarks} runs it; {@code -Dmillrace.bench.records=100000} makes it short.
 */
class SpeedBenchmark {
  private static final int PARTITIONS = 4;
  private static final Duration LONG = Duration.ofMinutes(4);
  private static final int SINGLES = 200;

  @TempDir static Path dir;

  @Test
  void shouldCatchUpAndStayClose() throws Exception {
    int records = Integer.getInteger("millrace.bench.records", 1_000_000);
    try (TestBroker broker = TestBroker.start(dir.resolve("broker"));
        Processes processes = Processes.in(dir.resolve("logs"));
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                broker.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      MillraceConfig config = TestConfig.of(broker, dir.resolve("data"), Map.of());
      Path file = dir.resolve("millrace.yaml");
      Files.writeString(file, config.toYaml());
      Orders orders = Orders.on("shop.orders");
      ViewDefinition view = orders.byHour();
      broker.createTopic("shop.orders", PARTITIONS);
      Random random = new Random(1);
      for (int i = 0; i < records; i++) {
        byte[] value = Orders.Order.random(random, i).toBytes();
        producer.send(new ProducerRecord<>("shop.orders", i % PARTITIONS, null, value));
      }
      producer.flush();
      try (ControlLog control = ControlLog.open(config)) {
        TestProcess speed =
            processes.java("speed", options(), SpeedMain.class, "--config", file.toString());
        speed.awaitOutput("speed ready", LONG);
        Duration before = cpu(speed);
        control.publish(orders.source());
        control.publish(view);
        String topic = config.topics().speed(view);
        try (var admin = broker.admin()) {
          Eventually.await(
              "topic " + topic, LONG, () -> admin.listTopics().names().get().contains(topic));
        }
        try (SpeedTopicReader reader =
            new SpeedTopicReader(broker.clientProperties(), topic, SpeedRecords::decode)) {
          catchUp(reader, records, speed, before);
          stayClose(reader, producer, random);
          speed.terminate();
          assertThat(speed.awaitExit(Duration.ofSeconds(20))).isZero();
        }
      }
    }
  }

  private static List<String> options() {
    List<String> options = new ArrayList<>(List.of("-Xmx768m"));
    options.addAll(List.of(System.getProperty("millrace.bench.jvm", "-Xshare:auto").split(" ")));
    return options;
  }

  private static void catchUp(
      SpeedTopicReader reader, int records, TestProcess speed, Duration cpuBefore) {
    long[] first = new long[2];
    Duration[] cpuAt = {Duration.ZERO};
    Eventually.await(
        "all records",
        LONG,
        () -> {
          reader.poll(Duration.ofMillis(20), (p, replica) -> {});
          long done = reader.positions().values().stream().mapToLong(Long::longValue).sum();
          if (done > records / 4 && first[0] == 0) {
            first[0] = System.nanoTime();
            first[1] = done;
            cpuAt[0] = cpu(speed);
          }
          return done == records;
        });
    double seconds = (System.nanoTime() - first[0]) / 1e9;
    Duration whole = cpu(speed).minus(cpuBefore);
    Duration warm = cpu(speed).minus(cpuAt[0]);
    System.out.printf(
        "caught up with %d records: %.0f records/s and %.1f CPU-s per million once a quarter was done;"
            + " %.1f CPU-s per million from the start of the tasks%n",
        records,
        (records - first[1]) / seconds,
        warm.toMillis() * 1e3 / (records - first[1]),
        whole.toMillis() * 1e3 / records);
  }

  private static void stayClose(
      SpeedTopicReader reader, KafkaProducer<byte[], byte[]> producer, Random random)
      throws Exception {
    List<Long> micros = new ArrayList<>();
    for (int i = 0; i < SINGLES; i++) {
      long sentNs = System.nanoTime();
      RecordMetadata metadata =
          producer
              .send(
                  new ProducerRecord<>(
                      "shop.orders",
                      random.nextInt(PARTITIONS),
                      null,
                      Orders.Order.random(random, i).toBytes()))
              .get();
      while (reader.positions().get(metadata.partition()) <= metadata.offset()) {
        reader.poll(Duration.ofMillis(50), (p, replica) -> {});
      }
      micros.add((System.nanoTime() - sentNs) / 1_000);
    }
    Collections.sort(micros);
    System.out.printf(
        "produce to readable: p50 %.1f ms, p99 %.1f ms%n",
        micros.get(SINGLES / 2) / 1e3, micros.get(SINGLES * 99 / 100) / 1e3);
    assertThat(micros).hasSize(SINGLES);
  }

  private static Duration cpu(TestProcess process) {
    return ProcessHandle.of(process.pid())
        .flatMap(handle -> handle.info().totalCpuDuration())
        .orElse(Duration.ZERO);
  }
}
