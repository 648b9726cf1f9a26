package io.millrace.speed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.log.HeardStatus;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.log.ReplicaStandings;
import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.SpeedRecords;
import io.millrace.control.model.Topics;
import io.millrace.control.model.ViewDefinition;
import io.millrace.control.process.Metrics;
import io.millrace.speed.streams.SourceStream;
import io.millrace.speed.task.TaskStatus;
import io.millrace.speed.task.TextViews;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.SpeedReplica;
import io.millrace.testkit.SpeedTopicReader;
import io.millrace.testkit.TestBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * The running layer on a real broker; each flush that a reader sees equals a count of the records.
 */
class SpeedLayerIT {
  private static final int PARTITIONS = 3;
  private static final Duration SOON = Duration.ofMinutes(3);

  @TempDir static Path dir;
  private static TestBroker broker;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final Map<Integer, ConcurrentSkipListMap<Long, String>> log = new HashMap<>();
  private final MemoryControl control = new MemoryControl();
  private final TextViews runtime = new TextViews();
  private final List<SpeedLayer> layers = new ArrayList<>();
  private KafkaProducer<byte[], byte[]> producer;
  private SourceDefinition source;
  private ViewDefinition view;
  private String namespace;
  private int checked;

  @BeforeAll
  static void startBroker() {
    broker = TestBroker.start(dir.resolve("broker"));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void prepare(TestInfo test) {
    namespace = "n" + Integer.toHexString(test.getDisplayName().hashCode());
    source = TextViews.source("orders", namespace + ".orders");
    view = TextViews.view("totals", source);
    for (int p = 0; p < PARTITIONS; p++) {
      log.put(p, new ConcurrentSkipListMap<>());
    }
    producer =
        new KafkaProducer<>(
            broker.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer());
  }

  @AfterEach
  void end() {
    layers.forEach(SpeedLayer::close);
    producer.close();
  }

  @Test
  void shouldSayAtEachFlushWhatTheRecordsSayOverRestartsAndEvictions() {
    apply(PARTITIONS);
    SpeedLayer layer = start("a", Map.of("speed.hot.groups", "10"));
    try (SpeedTopicReader reader = reader(view)) {
      produce(4_000, 2_000);
      awaitAll(reader);
      layer.close();
      produce(4_000, 2_000);
      start("a", Map.of("speed.hot.groups", "10"));
      produce(4_000, 2_000);
      awaitAll(reader);
    }
    assertThat(checked).isGreaterThan(10);
  }

  @Test
  void shouldShareThePartitionsOfASourceBetweenInstances() {
    apply(PARTITIONS);
    start("a", Map.of());
    try (SpeedTopicReader reader = reader(view)) {
      produce(3_000, 100);
      awaitAll(reader);
      SpeedLayer second = start("b", Map.of());
      Eventually.await(
          "the second instance to have a task",
          SOON,
          () -> {
            produce(50, 100);
            poll(reader);
            return second.streams().containsKey("orders")
                && !second.streams().get("orders").feed().statuses().isEmpty();
          });
      produce(3_000, 100);
      awaitAll(reader);
      second.close();
      produce(3_000, 100);
      awaitAll(reader);
    }
  }

  @Test
  void shouldTakeOverFromAnInstanceThatIsGone() {
    apply(PARTITIONS);
    Map<String, String> standby = Map.of("speed.properties.num.standby.replicas", "1");
    SpeedLayer first = start("a", standby);
    try (SpeedTopicReader reader = reader(view)) {
      produce(3_000, 100);
      awaitAll(reader);
      SpeedLayer second = start("b", standby);
      produce(3_000, 100);
      awaitAll(reader);
      first.close();
      produce(3_000, 100);
      awaitAll(reader);
      assertThat(second.streams().get("orders").feed().statuses()).hasSize(PARTITIONS);
    }
  }

  @Test
  void shouldStartAViewWhileItRunsAndStartNothingAnew() {
    apply(PARTITIONS);
    SpeedLayer layer = start("a", Map.of());
    ViewDefinition late = TextViews.view("late", source);
    try (SpeedTopicReader reader = reader(view)) {
      produce(2_000, 50);
      awaitAll(reader);
      SourceStream stream = layer.streams().get("orders");
      control.publish(late);
      try (SpeedTopicReader lateReader = reader(late)) {
        Eventually.await(
            "the late view to speak of all partitions",
            SOON,
            () -> {
              poll(lateReader);
              return lateReader.positions().size() == PARTITIONS;
            });
        produce(2_000, 50);
        awaitAll(reader);
        awaitAll(lateReader);
        lateReader
            .replicas()
            .forEach(
                (p, replica) -> assertThat(replica.progress().orElseThrow().birth()).isPositive());
      }
      assertThat(layer.streams().get("orders")).isSameAs(stream);
    }
  }

  @Test
  void shouldCutAtARunsBoundaryAndForgetWhatTheRunBeforeItCovers() {
    apply(PARTITIONS);
    start("a", Map.of("speed.cut.interval", "1h"));
    try (SpeedTopicReader reader = reader(view)) {
      produce(500, 50);
      awaitAll(reader);
      Position first = ahead(reader, 100);
      control.publish(run("r1", RunRecord.Status.STARTED, first));
      awaitFollowed();
      produce(3_000, 50);
      awaitAll(reader);
      reader
          .replicas()
          .forEach(
              (p, replica) ->
                  assertThat(replica.progress().orElseThrow().cuts())
                      .containsExactly(0L, first.offset(p)));
      control.publish(run("r1", RunRecord.Status.COMPLETED, first));
      Position second = ahead(reader, 100);
      control.publish(run("r2", RunRecord.Status.STARTED, second));
      awaitFollowed();
      produce(3_000, 50);
      awaitAll(reader);
      control.publish(run("r2", RunRecord.Status.COMPLETED, second));
      awaitFollowed();
      produce(500, 50);
      awaitAll(reader);
      // Nobody has compared the second run, and live state from the first record on is what it
      // would be compared with.
      reader
          .replicas()
          .forEach(
              (p, replica) ->
                  assertThat(replica.progress().orElseThrow().cuts())
                      .containsExactly(0L, first.offset(p), second.offset(p)));
      control.publish(audit("r1"));
      control.publish(audit("r2"));
      Eventually.await(
          "the segment below the first run to be forgotten",
          SOON,
          () -> {
            poll(reader);
            return reader.replicas().entrySet().stream()
                .allMatch(
                    e ->
                        e.getValue()
                            .progress()
                            .orElseThrow()
                            .cuts()
                            .equals(List.of(first.offset(e.getKey()), second.offset(e.getKey()))));
          });
    }
  }

  @Test
  void shouldForgetNothingThatAReplicaStillStandsOn() {
    apply(PARTITIONS);
    start("a", Map.of("speed.cut.interval", "1h"));
    try (SpeedTopicReader reader = reader(view)) {
      produce(500, 50);
      awaitAll(reader);
      List<Position> boundaries = new ArrayList<>();
      boundaries.add(completed(reader, "r1"));
      control.hear(replica(Duration.ZERO, boundaries.get(0)));
      boundaries.add(completed(reader, "r2"));
      boundaries.add(completed(reader, "r3"));
      boundaries.add(completed(reader, "r4"));
      produce(500, 50);
      awaitAll(reader);
      awaitCuts(reader, List.of(boundaries.get(0), boundaries.get(2), boundaries.get(3)));

      control.hear(replica(Duration.ofMinutes(2), boundaries.get(0)));
      awaitCuts(reader, List.of(boundaries.get(2), boundaries.get(3)));
    }
  }

  private static HeardStatus replicaStatus(Duration silence, Map<String, String> details) {
    return new HeardStatus(
        new LayerStatus("serving", "host:1", "running", Instant.EPOCH, Instant.EPOCH, details),
        silence);
  }

  private HeardStatus replica(Duration silence, Position standing) {
    Map<String, String> details = new HashMap<>();
    ReplicaStandings.say(view.id(), List.of(standing), details);
    return replicaStatus(silence, details);
  }

  /** A run ahead of the stream that has completed when the stream has passed its boundary. */
  private Position completed(SpeedTopicReader reader, String id) {
    Position boundary = ahead(reader, 100);
    control.publish(run(id, RunRecord.Status.STARTED, boundary));
    awaitFollowed();
    produce(3_000, 50);
    awaitAll(reader);
    control.publish(run(id, RunRecord.Status.COMPLETED, boundary));
    control.publish(audit(id));
    return boundary;
  }

  private RunAudit audit(String run) {
    return new RunAudit(
        run, view.name(), view.version(), RunAudit.Outcome.EQUAL, "", "", "host:1", Instant.EPOCH);
  }

  /** Waits until these are the cuts on every partition; cuts between them may have thinned out. */
  private void awaitCuts(SpeedTopicReader reader, List<Position> expected) {
    Eventually.await(
        "cuts at " + expected,
        SOON,
        () -> {
          poll(reader);
          return reader.replicas().entrySet().stream()
              .allMatch(
                  e -> {
                    List<Long> cuts = e.getValue().progress().orElseThrow().cuts();
                    List<Long> wanted = expected.stream().map(p -> p.offset(e.getKey())).toList();
                    return cuts.get(0).equals(wanted.get(0)) && cuts.containsAll(wanted);
                  });
        });
  }

  @Test
  void shouldCountBadRecordsAndGoOnWithTheOthers() {
    apply(PARTITIONS);
    SpeedLayer layer = start("a", Map.of());
    try (SpeedTopicReader reader = reader(view)) {
      produce(500, 50);
      send(0, "?");
      send(0, "a,!:3");
      send(0, "a,b:4");
      produce(500, 50);
      send(0, "!:3");
      awaitAll(reader);
      Progress progress = reader.replicas().get(0).progress().orElseThrow();
      assertThat(progress.rejected()).isEqualTo(1);
      assertThat(progress.failed()).isEqualTo(2);
    }
    assertThat(layer.errors()).isEmpty();
  }

  /** A record costs microseconds. What takes long on a busy machine is a commit. */
  @Test
  void shouldGoOnWithRecordsWhileTheMachineIsShortOfCpu() {
    apply(PARTITIONS);
    AtomicBoolean busy = new AtomicBoolean(true);
    List<Thread> loops = new ArrayList<>();
    for (int i = 0; i < 3 * Runtime.getRuntime().availableProcessors(); i++) {
      loops.add(
          new Thread(
              () -> {
                while (busy.get()) {
                  Thread.onSpinWait();
                }
              }));
    }
    SpeedLayer layer = start("a", Map.of());
    try (SpeedTopicReader reader = reader(view)) {
      produce(100, 100);
      awaitAll(reader);
      loops.forEach(Thread::start);
      produce(20_000, 100);
      Eventually.await("all records to be taken in", SOON, () -> taken(layer));
    } finally {
      busy.set(false);
    }
  }

  /** A megabyte is what Kafka takes in one record, unless it is told otherwise. */
  @Test
  void shouldKeepStatesLargerThanKafkaTakesByItself() {
    apply(PARTITIONS);
    start("a", Map.of());
    try (SpeedTopicReader reader = reader(view)) {
      send(0, "+large:3000000");
      send(0, "a:1");
      awaitAll(reader);
    }
  }

  @Test
  void shouldStopOnlyTheViewWhoseStateIsTooLargeUntilTheLimitIsRaised() throws Exception {
    apply(PARTITIONS);
    ViewDefinition other = TextViews.view("others", source);
    SpeedLayer layer = start("a", Map.of("speed.state.max.bytes", "64k"));
    try (SpeedTopicReader reader = reader(view)) {
      send(0, "+large:50000");
      send(1, "a:1");
      awaitAll(reader);
      send(0, "+large:50000");
      send(0, "b:1");
      Eventually.await("the error", SOON, () -> layer.errors().containsKey("view.totals"));
      assertThat(layer.errors().get("view.totals"))
          .startsWith(
              "cannot keep view totals/0001 on "
                  + source.topic()
                  + "-0 live: found a state of 100,024 bytes, in group [+large, 0, 0,")
          .contains("expected at most 65,536 (speed.state.max.bytes)");
      assertThat(layer.problems()).contains(layer.errors().get("view.totals"));
      assertThat(layer.details()).containsKey("error.view.totals");
      control.publish(other);
      try (SpeedTopicReader others = reader(other)) {
        send(0, "c:1");
        send(1, "a:1");
        awaitAll(others);
        Eventually.await(
            "the view to go on where it can",
            SOON,
            () -> {
              poll(reader);
              return reader.positions().get(1) == log.get(1).lastKey() + 1;
            });
        assertThat(reader.positions().get(0)).isEqualTo(1);
        layer.close();
        SpeedLayer second = start("a", Map.of("speed.state.max.bytes", "1m"));
        send(0, "+large:50000");
        send(0, "+large:50000");
        awaitAll(others);
        awaitAll(reader);
        assertThat(reader.replicas().get(0).progress().orElseThrow().birth()).isPositive();
        Eventually.await("no error", SOON, () -> second.errors().isEmpty());
      }
    }
  }

  @Test
  void shouldHaveNoLagWhereOnlyAbortedTransactionsFollow() {
    // Its group is named by its table in the lake, which is not the source's name any more.
    source = source.beginningAnew("another");
    source = source.withTopicId(made(PARTITIONS));
    view = TextViews.view("totals", source);
    control.publish(source);
    control.publish(view);
    SpeedLayer layer = start("a", Map.of());
    for (int i = 0; i < 25; i++) {
      send(0, "a:1");
    }
    try (SpeedTopicReader reader = reader(view)) {
      awaitAll(reader);
      try (KafkaProducer<byte[], byte[]> aborting = transactional("aborting")) {
        aborting.initTransactions();
        for (int i = 0; i < 20; i++) {
          aborting.beginTransaction();
          for (int r = 0; r < 50; r++) {
            aborting.send(new ProducerRecord<>(source.topic(), 0, null, "b:1".getBytes(UTF_8)));
          }
          aborting.flush();
          aborting.abortTransaction();
        }
      }
      Eventually.await(
          "the lag to be none", SOON, () -> "0".equals(layer.details().get("source.orders.lag")));
      assertThat(reader.positions().get(0)).isEqualTo(25);
      assertThat(layer.details().get("source.orders.read")).contains("0:1045");
    }
  }

  @Test
  void shouldSayThatAPartitionWaitsForAnOpenTransaction() {
    apply(PARTITIONS);
    SpeedLayer layer = start("a", Map.of());
    send(0, "a:1");
    try (SpeedTopicReader reader = reader(view);
        KafkaProducer<byte[], byte[]> hanging = transactional("hanging")) {
      awaitAll(reader);
      hanging.initTransactions();
      hanging.beginTransaction();
      hanging.send(new ProducerRecord<>(source.topic(), 0, null, "b:1".getBytes(UTF_8)));
      hanging.flush();
      for (int i = 0; i < 25; i++) {
        send(0, "c:1");
      }
      Eventually.await(
          "the problem to be named",
          SOON,
          () ->
              layer.details().containsKey("error.source.orders.waits")
                  && layer.problems().size() == 1);
      assertThat(layer.problems().get(0))
          .startsWith(
              "cannot read "
                  + source.topic()
                  + "-0 past offset 1: found a transaction of producer ")
          .contains(", expected it to end; 26 offsets behind it are in no answer until then")
          .endsWith("abort --topic " + source.topic() + " --partition 0 --start-offset 1");
      assertThat(layer.state()).isEqualTo("degraded");
      hanging.abortTransaction();
      awaitAll(reader);
      Eventually.await(
          "the problem to be over",
          SOON,
          () ->
              !layer.details().containsKey("error.source.orders.waits")
                  && layer.problems().isEmpty());
    }
  }

  private KafkaProducer<byte[], byte[]> transactional(String id) {
    Map<String, Object> properties = new HashMap<>(broker.clientProperties());
    properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, namespace + id);
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private boolean taken(SpeedLayer layer) {
    Map<Integer, TaskStatus> tasks = layer.streams().get("orders").feed().statuses();
    return log.entrySet().stream()
        .allMatch(
            e ->
                tasks.containsKey(e.getKey())
                    && tasks.get(e.getKey()).position() == e.getValue().lastKey() + 1);
  }

  @Test
  void shouldSkipNothingWhileTheRegistryCannotBeReached() {
    apply(PARTITIONS);
    SpeedLayer layer = start("a", Map.of());
    try (SpeedTopicReader reader = reader(view)) {
      produce(500, 50);
      awaitAll(reader);
      runtime.registry.set(false);
      send(0, "~new:1");
      produce(500, 50);
      Eventually.await(
          "the error",
          SOON,
          () -> "cannot look up a schema".equals(layer.errors().get("source.orders")));
      runtime.registry.set(true);
      awaitAll(reader);
      assertThat(reader.replicas().get(0).progress().orElseThrow().rejected()).isZero();
    }
  }

  @Test
  void shouldKeepTheOtherViewsWhateverOneDoesNotCompileFor() {
    for (String sql : List.of("broken", "deep", "odd")) {
      SourceDefinition of = TextViews.source("orders", source.topic());
      // An older version of a view that has a sound one: what is wrong with it is said all the
      // same.
      control.publish(new ViewDefinition(sql, "0000", sql, of, "", Map.of()));
      control.publish(TextViews.view(sql, of));
    }
    apply(PARTITIONS);
    SpeedLayer layer = start("a", Map.of());
    try (SpeedTopicReader reader = reader(view)) {
      produce(300, 20);
      awaitAll(reader);
      assertThat(layer.dead()).isEmpty();
      assertThat(layer.errors())
          .hasSize(3)
          .containsEntry("view.broken", "cannot parse: found broken")
          .containsEntry(
              "view.deep",
              "cannot keep view deep/0000 live: found StackOverflowError, expected it to compile;"
                  + " change the view, or drop it; the others go on")
          .containsEntry(
              "view.odd",
              "cannot keep view odd/0000 live: found what nobody thought of, expected it to"
                  + " compile; change the view, or drop it; the others go on");
    }
  }

  @Test
  void shouldWaitForASourceTopicThatIsMissing() {
    control.publish(source);
    control.publish(view);
    control.publish(new ViewDefinition("bad", "0002", "broken", source, "", Map.of()));
    SpeedLayer layer = start("a", Map.of());
    Eventually.await(
        "the error",
        SOON,
        () ->
            layer
                .errors()
                .getOrDefault("source.orders", "")
                .equals(
                    "cannot read topic "
                        + source.topic()
                        + ": found none of that name, expected the source's topic; create it, and it is"
                        + " read within seconds"));
    broker.createTopic(source.topic(), PARTITIONS);
    try (SpeedTopicReader reader = reader(view)) {
      produce(500, 50);
      awaitAll(reader);
    }
    assertThat(layer.errors()).containsOnlyKeys("view.bad");
    assertThat(layer.errors().get("view.bad")).isEqualTo("cannot parse: found broken");
  }

  @Test
  void shouldFollowASourceThatCouldNotStartAtFirst() throws Exception {
    apply(PARTITIONS);
    SpeedLayer layer = start("a", Map.of());
    try (SpeedTopicReader reader = reader(view)) {
      produce(500, 50);
      awaitAll(reader);
      layer.close();
      // As with a full disk, a store cannot be opened; then it can.
      List<Path> stores;
      try (Stream<Path> below = Files.walk(dir.resolve(namespace + "-a"))) {
        stores = below.filter(path -> path.endsWith("rocksdb/live")).toList();
      }
      assertThat(stores).isNotEmpty();
      for (Path store : stores) {
        Files.move(store, store.resolveSibling("away"));
        Files.createFile(store);
      }
      SpeedLayer again = start("a", Map.of());
      Eventually.await(
          "the error",
          SOON,
          () ->
              again
                  .errors()
                  .getOrDefault("source.orders", "")
                  .startsWith("cannot follow source orders: found "));
      for (Path store : stores) {
        Files.delete(store);
      }
      produce(500, 50);
      awaitAll(reader);
      assertThat(again.errors()).isEmpty();
    }
  }

  @Test
  void shouldFollowPartitionsThatAreAdded() {
    apply(1);
    start("a", Map.of("speed.properties.main.consumer.metadata.max.age.ms", "500"));
    try (SpeedTopicReader reader = reader(view)) {
      send(0, "a:1");
      awaitAll(reader);
    }
    try (var admin = broker.admin()) {
      admin.createPartitions(Map.of(source.topic(), NewPartitions.increaseTo(PARTITIONS)));
    }
    Eventually.await("the speed topic to have as many partitions", SOON, this::grown);
    try (SpeedTopicReader reader = reader(view)) {
      Eventually.await(
          "all partitions to speak",
          SOON,
          () -> {
            poll(reader);
            return reader.positions().size() == PARTITIONS;
          });
      produce(300, 20);
      awaitAll(reader);
    }
  }

  private boolean grown() throws Exception {
    try (var admin = broker.admin()) {
      String topic = new Topics(namespace).speed(view);
      return admin
              .describeTopics(List.of(topic))
              .allTopicNames()
              .get()
              .get(topic)
              .partitions()
              .size()
          == PARTITIONS;
    }
  }

  @Test
  void shouldNoticeThatRetentionOvertookARunningTask() throws Exception {
    apply(PARTITIONS);
    SpeedLayer layer = start("a", Map.of());
    try (SpeedTopicReader reader = reader(view);
        KafkaProducer<byte[], byte[]> open = transactional()) {
      produce(300, 20);
      awaitAll(reader);
      // An open transaction holds the task up, and what comes after it is deleted meanwhile.
      open.beginTransaction();
      byte[] value = "held:1".getBytes(StandardCharsets.UTF_8);
      long held = open.send(new ProducerRecord<>(source.topic(), 0, null, value)).get().offset();
      log.get(0).put(held, "held:1");
      for (int i = 0; i < 50; i++) {
        send(0, "lost:1");
      }
      producer.flush();
      long gone = log.get(0).lastKey() - 10;
      try (Admin admin = broker.admin()) {
        admin
            .deleteRecords(
                Map.of(new TopicPartition(source.topic(), 0), RecordsToDelete.beforeOffset(gone)))
            .all()
            .get();
      }
      open.commitTransaction();
      Eventually.await(
          "live state to begin anew behind the gap",
          SOON,
          () -> {
            send(0, "later:1");
            producer.flush();
            poll(reader);
            return reader.replicas().get(0).progress().orElseThrow().birth() >= gone;
          });
      assertThat(layer.errors().getOrDefault("source.orders", ""))
          .contains("has deleted the records from offset " + held + " to " + gone);
      produce(300, 20);
      awaitAll(reader);
    }
  }

  @Test
  void shouldFollowNoOtherTopicOfTheName() throws Exception {
    apply(PARTITIONS);
    String before;
    try (Admin admin = broker.admin()) {
      before = SourceTopic.id(admin, source.topic(), SOON).orElseThrow();
    }
    source = source.withTopicId(before);
    control.publish(source);
    SpeedLayer layer = start("a", Map.of());
    try (SpeedTopicReader reader = reader(view)) {
      produce(300, 20);
      awaitAll(reader);
      Map<Integer, Long> positions = Map.copyOf(reader.positions());
      try (Admin admin = broker.admin()) {
        admin.deleteTopics(List.of(source.topic())).all().get();
        Eventually.await(
            "the topic to be gone",
            SOON,
            () -> SourceTopic.id(admin, source.topic(), SOON).isEmpty());
      }
      broker.createTopic(source.topic(), PARTITIONS);
      log.values().forEach(Map::clear);
      produce(3_000, 20);
      Eventually.await(
          "the layer to say so",
          SOON,
          () -> layer.errors().getOrDefault("source.orders", "").contains("with id " + before));
      produce(300, 20);
      assertThat(layer.errors().get("source.orders")).contains("--new-topic orders");
      reader.poll(Duration.ofMillis(500), (partition, replica) -> {});
      assertThat(reader.positions()).isEqualTo(positions);
    }
  }

  private KafkaProducer<byte[], byte[]> transactional() {
    Map<String, Object> properties = new HashMap<>(broker.clientProperties());
    properties.put("transactional.id", namespace);
    KafkaProducer<byte[], byte[]> made =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    made.initTransactions();
    return made;
  }

  /** Makes the topic; its id. */
  private String made(int partitions) {
    broker.createTopic(source.topic(), partitions);
    try (Admin admin = broker.admin()) {
      return SourceTopic.id(admin, source.topic(), SOON).orElseThrow();
    }
  }

  private void apply(int partitions) {
    broker.createTopic(source.topic(), partitions);
    control.publish(source);
    control.publish(view);
  }

  private SpeedLayer start(String name, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("namespace", namespace);
    all.put("data.dir", dir.resolve(namespace + "-" + name).toString());
    all.put("kafka.bootstrap.servers", broker.bootstrapServers());
    all.putIfAbsent("speed.cut.interval", "1s");
    all.putIfAbsent("speed.heartbeat.interval", "300ms");
    MillraceConfig config = MillraceConfig.load(Optional.empty(), Map.of(), all);
    SpeedLayer layer = new SpeedLayer(config, control, runtime, name, Metrics.of("speed"));
    layers.add(layer);
    layer.start();
    return layer;
  }

  private SpeedTopicReader reader(ViewDefinition of) {
    String topic = new Topics(namespace).speed(of);
    Eventually.await(
        "topic " + topic,
        SOON,
        () -> {
          try (var admin = broker.admin()) {
            return admin.listTopics().names().get().contains(topic);
          }
        });
    return new SpeedTopicReader(broker.clientProperties(), topic, SpeedRecords::decode);
  }

  private void awaitFollowed() {
    RunRecord newest = control.state().runs().values().stream().reduce((a, b) -> b).orElseThrow();
    Eventually.await(
        "the run to be followed",
        SOON,
        () ->
            layers.stream()
                .allMatch(l -> l.streams().get("orders").feed().views().runs().contains(newest)));
  }

  private Position ahead(SpeedTopicReader reader, long by) {
    Map<Integer, Long> offsets = new HashMap<>();
    reader.positions().forEach((p, offset) -> offsets.put(p, offset + by));
    return Position.of(offsets);
  }

  private RunRecord run(String id, RunRecord.Status status, Position boundary) {
    return new RunRecord(
        id,
        view.name(),
        view.version(),
        RunRecord.Kind.FULL,
        status,
        boundary,
        1,
        "views.v",
        Optional.empty(),
        -1,
        Instant.EPOCH,
        Optional.empty(),
        "request",
        Optional.empty());
  }

  private void produce(int records, int groups) {
    for (int i = 0; i < records; i++) {
      send(
          random.nextInt(PARTITIONS),
          "g" + random.nextInt(groups) + ",h" + random.nextInt(groups) + ":" + random.nextInt(100));
    }
    producer.flush();
  }

  private void send(int partition, String value) {
    producer.send(
        new ProducerRecord<>(
            source.topic(), partition, null, value.getBytes(StandardCharsets.UTF_8)),
        (metadata, failure) -> log.get(partition).put(metadata.offset(), value));
    if (value.contains("!") || value.contains("?")) {
      producer.flush();
    }
  }

  private void awaitAll(SpeedTopicReader reader) {
    producer.flush();
    Eventually.await(
        "all records in the speed topic, seed " + seed,
        SOON,
        () -> {
          poll(reader);
          return log.entrySet().stream()
              .allMatch(
                  e ->
                      e.getValue().isEmpty()
                          || reader.positions().getOrDefault(e.getKey(), 0L)
                              == e.getValue().lastKey() + 1);
        });
  }

  private void poll(SpeedTopicReader reader) {
    reader.poll(Duration.ofMillis(100), this::check);
  }

  private void check(int partition, SpeedReplica replica) {
    Progress progress = replica.progress().orElseThrow();
    ConcurrentSkipListMap<Long, String> records = log.get(partition);
    if (progress.position() > 0 && progress.position() > progress.birth()) {
      Eventually.await(
          "the record to be acknowledged",
          SOON,
          () -> records.lastKey() >= progress.position() - 1);
    }
    for (long cut : progress.cuts()) {
      Map<String, String> live = new TreeMap<>();
      replica
          .statesFrom(cut)
          .forEach(
              (key, states) -> {
                TextViews.Totals total = new TextViews.Totals();
                states.forEach(state -> total.add(TextViews.Totals.of(state)));
                live.put(new String(key.array(), StandardCharsets.UTF_8), total.toString());
              });
      assertThat(live)
          .as("partition %d from %d in %s, seed %d", partition, cut, progress, seed)
          .isEqualTo(TextViews.totals(records.subMap(cut, progress.position()).values()));
    }
    checked++;
  }
}
