package io.millrace.batch.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.batch.Installation;
import io.millrace.batch.Orders;
import io.millrace.batch.table.LakeSchema;
import io.millrace.batch.table.Probe;
import io.millrace.batch.topic.KafkaRecords;
import io.millrace.batch.topic.TopicOffsets;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.lake.Lake;
import io.millrace.lake.Snapshots;
import io.millrace.testkit.Eventually;
import io.millrace.view.spark.SparkViews;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.SnapshotUtil;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class ArchiveIT {
  @TempDir static Path dir;

  private static Installation at;
  private static int topics;

  private String topic;
  private SourceDefinition source;

  @BeforeAll
  static void start() {
    at = new Installation(dir);
  }

  @AfterAll
  static void stop() {
    at.close();
  }

  @BeforeEach
  void makeTopic() {
    topic = "orders-" + ++topics;
    at.broker.createTopic(topic, 2);
    source = Orders.source(topic);
    at.spark.sql("DROP TABLE IF EXISTS lake.sources.orders PURGE");
    at.spark.sql("DROP TABLE IF EXISTS lake.rejected.orders PURGE");
  }

  @Test
  void shouldHoldEveryCommittedRecordOnceOverManySteps() {
    at.send(topic, 0, orders(0, 50));
    at.sendAborted(topic, 1, orders(1000, 1010));
    at.send(topic, 1, orders(50, 60));
    Archive small = new Archive(at.config, at.spark, at.lake, Probe.NONE, 16);

    Archive.Result first = small.run(source);
    assertThat(first.rows()).isEqualTo(60);
    // Each transaction ends with a marker, which takes an offset.
    assertThat(first.position()).isEqualTo(Position.of(Map.of(0, 51L, 1, 22L)));

    at.send(topic, 1, orders(60, 75));
    Archive restarted = at.archive(Probe.NONE);
    assertThat(restarted.run(source).rows()).isEqualTo(75);
    assertThat(restarted.run(source).rows()).isEqualTo(75);
    assertThat(at.lakeIds()).isEqualTo(LongStream.range(0, 75).boxed().toList());
  }

  @Test
  void shouldCommitThePositionOfAnEmptyTopicAndOfOneWithoutGoodRecords() {
    assertThat(at.archive(Probe.NONE).run(source).position()).isEqualTo(Position.empty());
    at.sendAborted(topic, 0, orders(0, 5));
    at.send(topic, 1, List.of(new byte[] {1, 2, 3}));

    Archive.Result result = at.archive(Probe.NONE).run(source);

    assertThat(result).isEqualTo(new Archive.Result(Position.parse("0:6,1:2"), 0, 1));
  }

  @Test
  void shouldKeepRejectedRecordsOnceWhateverMomentItDiesAt() {
    List<byte[]> values = new ArrayList<>(orders(0, 20));
    values.add(7, new byte[] {9, 9});
    values.add("no avro".getBytes());
    for (Probe.Moment moment :
        List.of(
            Probe.Moment.LAKE_STAGED,
            Probe.Moment.REJECTED_COMMITTED,
            Probe.Moment.LAKE_COMMITTED)) {
      at.spark.sql("DROP TABLE IF EXISTS lake.sources.orders PURGE");
      at.spark.sql("DROP TABLE IF EXISTS lake.rejected.orders PURGE");
      makeTopic();
      at.send(topic, 0, values);
      assertThatThrownBy(() -> at.archive(dyingAt(moment)).run(source)).isInstanceOf(Died.class);
      // More arrives before the next start: the repeated step is not the one that died.
      at.send(topic, 0, List.of(new byte[] {7}));
      at.send(topic, 0, orders(20, 25));

      Archive.Result result = at.archive(Probe.NONE).run(source);

      assertThat(result.rejected()).as("rejected after %s", moment).isEqualTo(3);
      assertThat(at.lakeIds())
          .as("after %s", moment)
          .isEqualTo(LongStream.range(0, 25).boxed().toList());
      assertThat(
              at
                  .spark
                  .sql("SELECT kafka_offset, reason FROM lake.rejected.orders ORDER BY 1")
                  .collectAsList()
                  .stream()
                  .map(row -> row.getLong(0))
                  .toList())
          .containsExactly(7L, 21L, 23L);
    }
  }

  @Test
  void shouldLeaveNoFileOfAStepThatFails() throws Exception {
    at.send(topic, 0, List.of(Orders.bytes(1), new byte[] {7}));
    Probe failing =
        moment -> {
          if (moment == Probe.Moment.REJECTED_COMMITTED) {
            throw new IllegalStateException("no space left on device");
          }
        };
    assertThatThrownBy(() -> at.archive(failing).run(source)).hasMessageContaining("no space");
    String location = at.lake.load(Lake.sourceId("orders")).orElseThrow().location();
    try (Stream<Path> files = Files.walk(Path.of(location.replaceFirst("^file:", "")))) {
      assertThat(files.filter(file -> file.toString().endsWith(".parquet"))).isEmpty();
    }
  }

  /** The fault that the next test is about: it bites a driver that commits as Spark itself does. */
  @Test
  void shouldDoubleEverythingWithSparksOwnAppends() {
    at.sendOrders(topic, 0, 0, 40);
    LakeSchema.source(at.lake, source);
    TopicOffsets ends = TopicOffsets.read(at.config, topic);
    Dataset<Row> records =
        KafkaRecords.read(at.spark, at.config, topic, 2, ends.earliest(), ends.end());
    Dataset<Row> rows = SparkViews.decode(source, records).drop("_rejected", "_value");
    for (int driver = 0; driver < 2; driver++) {
      // Each has read that the lake is empty, before the other committed.
      rows.write()
          .format("iceberg")
          .option("snapshot-property.millrace.position", ends.end().toString())
          .mode("append")
          .save("lake.sources.orders");
    }
    assertThat(at.lakeIds()).hasSize(80);
  }

  @Test
  void shouldDoubleNothingWhenTwoDriversArchiveAtOnce() throws Exception {
    List<byte[]> values = new ArrayList<>(orders(0, 40));
    values.add(new byte[] {9, 9});
    at.send(topic, 0, values);
    LakeSchema.source(at.lake, source);
    // Both have written their files before either commits.
    CyclicBarrier together = new CyclicBarrier(2);
    Probe meet =
        moment -> {
          if (moment == Probe.Moment.LAKE_STAGED && together.getNumberWaiting() < 2) {
            await(together);
          }
        };
    ExecutorService drivers = Executors.newFixedThreadPool(2);
    try {
      Future<Archive.Result> one = drivers.submit(() -> at.archive(once(meet)).run(source));
      Future<Archive.Result> two = drivers.submit(() -> at.archive(once(meet)).run(source));
      assertThat(one.get(120, TimeUnit.SECONDS).rows()).isEqualTo(40);
      assertThat(two.get(120, TimeUnit.SECONDS).rows()).isEqualTo(40);
    } finally {
      drivers.shutdownNow();
    }
    assertThat(at.lakeIds()).isEqualTo(LongStream.range(0, 40).boxed().toList());
    assertThat(at.spark.table("lake.rejected.orders").count()).isEqualTo(1);
  }

  @Test
  void shouldFindThePositionBehindDeletesAndCompactions() {
    at.send(topic, 0, orders(0, 10));
    at.archive(Probe.NONE).run(source);
    at.spark.sql("DELETE FROM lake.sources.orders WHERE id = 3");
    at.spark.sql("CALL lake.system.rewrite_data_files('sources.orders')");
    at.send(topic, 0, orders(10, 12));

    Archive.Result result = at.archive(Probe.NONE).run(source);

    assertThat(result.rows()).isEqualTo(11);
    assertThat(at.lakeIds()).containsExactly(0L, 1L, 2L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
  }

  @Test
  void shouldRefuseToSkipRecordsThatKafkaHasDeletedUnlessTheLossIsAccepted() throws Exception {
    at.send(topic, 0, orders(0, 10));
    at.archive(Probe.NONE).run(source);
    at.send(topic, 0, orders(10, 20));
    try (Admin admin = at.broker.admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(15)))
          .all()
          .get();
    }

    assertThatThrownBy(() -> at.archive(Probe.NONE).run(source))
        .isInstanceOf(MillraceException.class)
        .hasMessage(
            "cannot archive orders: found that topic "
                + topic
                + " has deleted records the lake has not got (partition:from-to 0:11-15, the end"
                + " exclusive), expected every record from the lake's position 0:11 on; make the"
                + " topic's retention longer than the time between two archives, and to go on"
                + " without those records run io.millrace.batch.RecomputeMain --accept-loss orders");
    assertThat(at.archive(Probe.NONE).acceptLoss(source)).isEqualTo("0:11-15");
    assertThat(at.archive(Probe.NONE).run(source).rows()).isEqualTo(16);
    at.send(topic, 0, orders(20, 30));
    at.archive(Probe.NONE).run(source);
    assertThat(lakeProperty(source, Snapshots.ALL_LOST)).as("for good").contains("0:11-15");
  }

  @Test
  void shouldArchiveNothingOfAnotherTopicOfTheName() throws Exception {
    at.send(topic, 0, orders(0, 10));
    String before = id();
    SourceDefinition applied = source.withTopicId(before);
    at.archive(Probe.NONE).run(applied);
    assertThat(lakeProperty(applied, Snapshots.TOPIC_ID)).contains(before);
    makeAnew();
    String after = id();
    at.send(topic, 0, orders(100, 150));

    refusesTopic(
        applied,
        "found topic " + topic + " with id " + after + ", expected the one with id " + before);
    refusesTopic(source, "expected the one with id " + before);
    assertThatThrownBy(() -> at.archive(Probe.NONE).acceptLoss(source))
        .hasMessageContaining("with id " + after);
    assertThat(at.lakeIds()).hasSize(10);

    SourceDefinition anew = applied.beginningAnew(after);
    assertThat(at.archive(Probe.NONE).run(anew).rows()).isEqualTo(50);
    assertThat(anew.lakeTable()).matches("orders_[0-9a-f]{8}");
    assertThat(lakeProperty(anew, Snapshots.TOPIC_ID)).contains(after);
    assertThat(at.lakeIds()).as("the old table stays").hasSize(10);
    at.spark.sql("DROP TABLE lake.sources." + anew.lakeTable() + " PURGE");
  }

  @Test
  void shouldNotCommitAStepWhoseTopicWasMadeAnewMeanwhile() throws Exception {
    at.send(topic, 0, orders(0, 10));
    String before = id();
    Probe swap =
        moment -> {
          if (moment == Probe.Moment.LAKE_STAGED) {
            makeAnew();
          }
        };
    assertThatThrownBy(() -> at.archive(swap).run(source))
        .hasMessageContaining("expected the one with id " + before);
    assertThat(at.lakeIds()).isEmpty();
  }

  @Test
  void shouldRefuseATopicThatEndsBeforeThePosition() {
    at.send(topic, 0, orders(0, 10));
    at.archive(Probe.NONE).run(source);
    Table table = at.lake.load(Lake.sourceId("orders")).orElseThrow();
    table.newAppend().set(Snapshots.POSITION, "0:50").commit();
    refusesTopic(source, "ends before the lake's position (partition:from-to 0:11-50)");
  }

  private void refusesTopic(SourceDefinition refused, String found) {
    assertThatThrownBy(() -> at.archive(Probe.NONE).run(refused))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOPIC_CHANGED))
        .hasMessageContaining(found)
        .hasMessageContaining("run `millrace apply DIR --new-topic orders`");
  }

  private static Optional<String> lakeProperty(SourceDefinition of, String property) {
    Table table = at.lake.load(Lake.sourceId(of.lakeTable())).orElseThrow();
    return Snapshots.besidePosition(SnapshotUtil.currentAncestors(table), property);
  }

  private String id() {
    try (Admin admin = at.broker.admin()) {
      return SourceTopic.id(admin, topic, Duration.ofSeconds(20)).orElseThrow();
    }
  }

  /** Deletes the topic, and makes another of its name. */
  private void makeAnew() {
    String before = id();
    try (Admin admin = at.broker.admin()) {
      admin.deleteTopics(List.of(topic));
      Eventually.await(
          "the topic to be gone",
          Duration.ofSeconds(60),
          () -> SourceTopic.id(admin, topic, Duration.ofSeconds(20)).isEmpty());
    }
    at.broker.createTopic(topic, 2);
    assertThat(id()).isNotEqualTo(before);
  }

  @Test
  void shouldBeginWhereATopicThatIsAlreadyCutOffBegins() throws Exception {
    at.send(topic, 0, orders(0, 10));
    try (Admin admin = at.broker.admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(4)))
          .all()
          .get();
    }
    assertThat(at.archive(Probe.NONE).run(source).rows()).isEqualTo(6);
    assertThat(at.lakeIds()).containsExactly(4L, 5L, 6L, 7L, 8L, 9L);
  }

  @Test
  void shouldNotSpeakOfLossWhenAnotherDriverArchivedWhatCameMeanwhile() {
    at.sendOrders(topic, 0, 0, 10);
    boolean[] overtaken = new boolean[1];
    Probe other =
        moment -> {
          if (moment == Probe.Moment.LAKE_STAGED && !overtaken[0]) {
            overtaken[0] = true;
            at.sendOrders(topic, 0, 10, 20);
            at.archive(Probe.NONE).run(source);
          }
        };

    assertThat(at.archive(other).run(source).position()).isEqualTo(Position.parse("0:22"));
    assertThat(at.lakeIds()).isEqualTo(LongStream.range(0, 20).boxed().toList());
  }

  @Test
  void shouldStopAtATableWithRowsThatHasLostItsPosition() {
    at.sendOrders(topic, 0, 0, 10);
    at.archive(Probe.NONE).run(source);
    at.spark.sql("DELETE FROM lake.sources.orders WHERE id = 3");
    Table table = at.lake.load(Lake.sourceId("orders")).orElseThrow();
    long position = table.currentSnapshot().parentId();
    table.expireSnapshots().expireSnapshotId(position).commit();

    assertThatThrownBy(() -> at.archive(Probe.NONE).run(source))
        .isInstanceOf(MillraceException.class)
        .satisfies(
            e -> assertThat(((MillraceException) e).code()).isEqualTo(ErrorCode.POSITION_LOST))
        .hasMessage(
            "cannot archive orders: found 9 rows in the lake table and no position"
                + " (millrace.position) in any of its snapshots, expected to know what the rows"
                + " reach to; if the rows came from the topic, set the position behind the last of"
                + " them with io.millrace.batch.RecomputeMain --restore-position orders");
    assertThat(at.lakeIds()).hasSize(9);

    assertThat(at.archive(Probe.NONE).restorePosition(source)).isEqualTo(Position.parse("0:10"));
    at.sendOrders(topic, 0, 10, 12);
    assertThat(at.archive(Probe.NONE).run(source).rows()).isEqualTo(11);
    assertThat(at.archive(Probe.NONE).restorePosition(source)).isEqualTo(Position.parse("0:14"));
  }

  @Test
  void shouldNameATopicThatIsMissing() {
    assertThatThrownBy(() -> at.archive(Probe.NONE).run(Orders.source("no-such-topic")))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("cannot read topic no-such-topic: found no such topic");
  }

  @Test
  void shouldAddTheColumnsOfAWiderSchema() {
    at.send(topic, 0, orders(0, 3));
    at.archive(Probe.NONE).run(source);
    SourceDefinition wider =
        Orders.source(topic, Orders.WIDER_SCHEMA, List.of(Orders.SCHEMA, Orders.WIDER_SCHEMA));
    var order = Orders.order(Orders.WIDER_SCHEMA, 3);
    order.put("country", "FR");
    assertThat(at.archive(Probe.NONE).run(wider).rows()).isEqualTo(3);
    Table table = at.lake.load(Lake.sourceId("orders")).orElseThrow();
    assertThat(table.currentSnapshot().schemaId()).isEqualTo(table.schema().schemaId());
    at.send(topic, 0, List.of(Orders.bytes(2), Orders.bytes(order)));

    assertThat(at.archive(Probe.NONE).run(wider).rows()).isEqualTo(5);

    assertThat(
            at
                .spark
                .sql("SELECT country FROM lake.sources.orders ORDER BY kafka_offset")
                .collectAsList()
                .stream()
                .map(row -> row.getString(0))
                .toList())
        .containsExactly("DE", "DE", "DE", "DE", "FR");
  }

  private static List<byte[]> orders(long from, long to) {
    return LongStream.range(from, to).mapToObj(Orders::bytes).toList();
  }

  public static Probe dyingAt(Probe.Moment moment) {
    return reached -> {
      if (reached == moment) {
        throw new Died(moment);
      }
    };
  }

  private static Probe once(Probe probe) {
    boolean[] done = new boolean[1];
    return moment -> {
      if (moment == Probe.Moment.LAKE_STAGED && !done[0]) {
        done[0] = true;
        probe.reached(moment);
      }
    };
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException("the other driver did not come", e);
    }
  }

  /** Stands for the death of a process: nothing catches it. */
  public static final class Died extends Error {
    private static final long serialVersionUID = 1L;

    Died(Probe.Moment moment) {
      super("died at " + moment);
    }
  }
}
