package io.millrace.serving.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.SpeedTopicWriter;
import io.millrace.serving.merge.Seam;
import io.millrace.serving.store.LocalStore;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.TestBroker;
import io.millrace.view.CompiledView;
import io.millrace.view.compile.ViewCompiler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Speed topics that come, grow and go while they are followed, on a real broker. */
final class SpeedFollowerIT {
  private static final int PARTITIONS = 2;
  private static final Duration SOON = Duration.ofMinutes(3);

  @TempDir private static Path brokerDir;
  private static TestBroker broker;
  private static Admin admin;

  @TempDir private Path dir;
  private final CompiledView compiled = ViewCompiler.compile(Orders.view("by_day", Orders.BY_DAY));
  private String topic;
  private Orders orders;
  private LiveModel live;
  private LocalStore store;
  private SpeedView view;
  private SpeedFollower follower;

  @BeforeAll
  static void startBroker() {
    broker = TestBroker.start(brokerDir, Map.of());
    admin = Admin.create(broker.clientProperties());
  }

  @AfterAll
  static void stopBroker() {
    admin.close();
    broker.close();
  }

  @BeforeEach
  void start(TestInfo test) {
    long seed = new Random().nextLong();
    System.out.println(test.getDisplayName() + " seed " + seed);
    topic = "speed-" + Long.toHexString(seed);
    orders = new Orders(PARTITIONS, seed);
    live = new LiveModel(compiled, orders);
    store = LocalStore.open(dir.resolve("serving"));
    view = new SpeedView(store, "by_day", () -> {});
    follower =
        new SpeedFollower(
            MillraceConfig.load(
                Optional.empty(),
                Map.of(),
                Map.of("kafka.bootstrap.servers", broker.bootstrapServers())));
    follower.start();
  }

  @AfterEach
  void stop() {
    follower.close();
    view.close();
    store.close();
  }

  @Test
  void shouldNotCallLiveStateWholeBeforeEveryPartitionOfALateTopicIsThere() {
    follower.follow(topic, view);
    Eventually.await("the topic to be looked up", SOON, view::isCaughtUp);
    assertThat(isWhole()).as("nothing at all").isFalse();
    orders.add(50);
    create(topic, PARTITIONS);
    try (SpeedTopicWriter writer = writer()) {
      writer.write(live.advance(0, orders.end(0)));
      Eventually.await("partition 0", SOON, () -> position().offset(0) == orders.end(0));
      assertThat(isWhole()).as("partition 1 has said nothing").isFalse();

      writer.write(live.advance(1, orders.end(1)));

      Eventually.await("partition 1", SOON, () -> position().offset(1) == orders.end(1));
      Eventually.await("all of the topic", SOON, this::isWhole);
    }
  }

  @Test
  void shouldKeepWhatItReadOfATopicThatIsGone() throws Exception {
    followToTheEnd();
    String growing = topic + "-growing";
    create(growing, 1);
    try (SpeedView other = new SpeedView(store, "growing", () -> {})) {
      follower.follow(growing, other);
      Eventually.await("the other topic", SOON, () -> partitions(other) == 1);

      delete();

      // All topics are looked up at once: what is said of one is said of the other.
      for (int partitions = 2; partitions <= 3; partitions++) {
        int more = partitions;
        admin.createPartitions(Map.of(growing, NewPartitions.increaseTo(more))).all().get();
        Eventually.await("the other to grow", SOON, () -> partitions(other) == more);
        assertThat(view.isCaughtUp()).isTrue();
        assertThat(position()).isEqualTo(orders.end());
      }
      follower.forget(growing);
    }
  }

  @Test
  void shouldShowATopicThatIsMadeAnewOnceItReachesAsFar() throws Exception {
    followToTheEnd();
    Position before = position();
    delete();
    create(topic, PARTITIONS);
    Eventually.await("the other topic to be seen", SOON, view::refilling);
    assertThat(view.isCaughtUp()).isTrue();
    assertThat(position()).as("what was read stays").isEqualTo(before);
    orders.add(10);
    live.advance();
    try (SpeedTopicWriter writer = writer()) {
      writer.write(live.whole(0));
      writer.write(completing(live.whole(1), "another topic"));
      Eventually.await("the first partition", SOON, () -> read(0));
      assertThat(position()).as("a part is not shown").isEqualTo(before);

      writer.write(completing(live.whole(1), id()));

      Eventually.await("all of the other topic", SOON, () -> !view.refilling());
      assertThat(position()).isEqualTo(orders.end());
      assertThat(isWhole()).isTrue();
    }
  }

  @Test
  void shouldTakeNoFlushForOneThatCompletesAnotherTopic() throws Exception {
    create(topic, PARTITIONS);
    follower.follow(topic, view);
    orders.add(50);
    try (SpeedTopicWriter writer = writer()) {
      List<LiveModel.Flush> flushes = live.advance();
      writer.write(completing(flushes.get(0), "another topic"));
      writer.write(completing(flushes.get(1), id()));
      Eventually.await("the second partition", SOON, () -> read(1));
    }
    assertThat(position().offset(0)).isZero();
    assertThat(isWhole()).isFalse();
  }

  @Test
  void shouldHoldUpNoTopicForOneThatDoesNotSayWhereItEnds() throws Exception {
    followToTheEnd();
    String other = topic;
    delete();
    // As after damage of the store: begun again, and known to be there a moment ago.
    follower.forget(other);
    try (SpeedView again = new SpeedView(store, "again", () -> {});
        SpeedView third = new SpeedView(store, "third", () -> {})) {
      follower.follow(other, again);
      Eventually.await("its end to be asked for", SOON, () -> follower.problem().contains(other));

      String here = other + "-here";
      create(here, PARTITIONS);
      follower.follow(here, third);
      Eventually.await("the topic that is there", SOON, () -> partitions(third) == PARTITIONS);

      assertThat(again.isCaughtUp()).as("nothing of it has been read").isFalse();
      assertThat(follower.problem()).contains("topic " + other + " does not say where it ends");
      follower.forget(here);
      follower.forget(other);
      assertThat(follower.problem()).isEmpty();
    }
  }

  /** Whether the partition's newest flush was taken, shown or not. */
  private boolean read(int partition) {
    return view.refilling()
        ? view.refilled().containsKey(partition)
        : view.progress().containsKey(partition);
  }

  private String id() throws Exception {
    return admin
        .describeTopics(List.of(topic))
        .allTopicNames()
        .get()
        .get(topic)
        .topicId()
        .toString();
  }

  private static LiveModel.Flush completing(LiveModel.Flush flush, String topicId) {
    Progress said = flush.progress();
    return new LiveModel.Flush(
        flush.partition(),
        flush.partitions(),
        flush.changes(),
        new Progress(
            said.birth(),
            said.cuts(),
            said.position(),
            said.rejected(),
            said.failed(),
            said.flushedAtMs(),
            said.recordTimestampMs(),
            said.instance(),
            Optional.empty(),
            Optional.of(topicId)));
  }

  /** A topic with some flushes, all of it read. */
  private void followToTheEnd() {
    create(topic, PARTITIONS);
    follower.follow(topic, view);
    orders.add(50);
    try (SpeedTopicWriter writer = writer()) {
      writer.write(live.advance());
    }
    Eventually.await(
        "the flushes", SOON, () -> view.isCaughtUp() && position().covers(orders.end()));
  }

  private void create(String name, int partitions) {
    SpeedTopicWriter.create(broker.bootstrapServers(), name, partitions, Map.of());
  }

  private SpeedTopicWriter writer() {
    return new SpeedTopicWriter(broker.bootstrapServers(), topic);
  }

  private void delete() throws Exception {
    admin.deleteTopics(List.of(topic)).all().get();
    Eventually.await(
        "the topic to be gone", SOON, () -> !admin.listTopics().names().get().contains(topic));
  }

  private boolean isWhole() {
    try (SpeedView.Pin pin = view.pin()) {
      return pin.isWhole();
    }
  }

  private static int partitions(SpeedView view) {
    try (SpeedView.Pin pin = view.pin()) {
      return view.isCaughtUp() ? pin.partitions() : 0;
    }
  }

  private Position position() {
    return Seam.withoutRun(view.progress()).live();
  }
}
