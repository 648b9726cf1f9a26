package io.millrace.speed.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SpeedKey;
import io.millrace.control.model.Topics;
import io.millrace.control.model.ViewDefinition;
import io.millrace.speed.store.MemoryStore;
import io.millrace.speed.store.SpeedOutput;
import io.millrace.speed.view.ViewFailedException;
import io.millrace.speed.view.ViewStoppedException;
import io.millrace.testkit.SpeedReplica;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random records, flushes, crashes, runs and views; after each commit the speed topic, read as its
 * specification says, equals a count of the records at every cut.
 */
class SpeedTaskLaws {
  private static final Topics TOPICS = new Topics("test");

  private static final long STATE_BYTES = 10_000;
  private static final long HOT_BYTES = 2 << 20;

  private long seed;
  private Random random;
  private final TreeMap<Long, String> log = new TreeMap<>();
  private long end;
  private long now = 1_000_000;
  private final TextViews runtime = new TextViews();
  private final MemoryStore store = new MemoryStore();
  private final Map<String, ViewDefinition> views = new LinkedHashMap<>();
  private final Map<String, RunRecord> runs = new TreeMap<>();
  private final Set<String> refused = new HashSet<>();
  private final Set<String> compared = new HashSet<>();
  private final List<Sent> sent = new ArrayList<>();
  private final Map<String, SpeedReplica> replicas = new HashMap<>();
  private final List<Progress> progresses = new ArrayList<>();
  private long beginning;

  /** The topics there are, and those that the task has been told of. */
  private final Map<String, String> speedIds = new HashMap<>();

  private String changelogId = "c0";
  private WrittenTopics topics = WrittenTopics.UNKNOWN;
  private int topicsMade;
  private Optional<String> sourceId = Optional.of("s0");
  private SourceFeed feed;
  private SpeedTask task;
  private long next;
  private long committed;
  private int lastSent;

  private record Sent(String topic, byte[] key, byte[] value) {}

  @ParameterizedTest
  @ValueSource(ints = {2, 25, 100_000})
  void shouldSayAtEachFlushExactlyWhatTheRecordsSay(int hotGroups) {
    for (int round = 0; round < 8; round++) {
      start(hotGroups, System.nanoTime());
      addView();
      for (int step = 0; step < 1_500; step++) {
        act(random.nextInt(1_000));
      }
      flush();
      assertThat(store.size()).as("seed %d", seed).isPositive();
    }
  }

  @Test
  void shouldReadNothingFromTheStoreWhileNothingWasEvicted() {
    start(100_000, 7);
    addView();
    flush();
    long before = store.reads;
    for (int i = 0; i < 5_000; i++) {
      append("g" + i + ":1");
      process();
    }
    assertThat(store.reads).isEqualTo(before);
  }

  @Test
  void shouldDecodeARecordOnceForAllViewsOfASourceVersion() {
    start(100_000, 7);
    addView();
    addView();
    addView();
    append("a:1");
    process();
    assertThat(runtime.decoded).hasValue(1);
  }

  @Test
  void shouldStartAViewAtItsRunsBoundaryWhenThatIsAhead() {
    start(100, 7);
    ViewDefinition view = addView();
    runs.put("r1", run("r1", view, RunRecord.Status.COMPLETED, 3));
    follow();
    for (int i = 0; i < 5; i++) {
      append("a:1");
      process();
    }
    flush();
    Progress progress = replicas.get(TOPICS.speed(view)).progress().orElseThrow();
    assertThat(progress.birth()).isEqualTo(3);
    assertThat(progress.cuts()).containsExactly(3L);
    assertThat(total(view, 3)).containsExactly(Map.entry("a", "2/2/1"));
  }

  @Test
  void shouldCutThoughTheClockWasSetBack() {
    start(100, 7);
    ViewDefinition view = addView();
    append("a:1");
    process();
    now += 20_000;
    flush();
    now -= 3_600_000;
    append("a:1");
    process();
    flush();
    append("a:1");
    process();
    now += 20_000;
    flush();
    assertThat(replicas.get(TOPICS.speed(view)).progress().orElseThrow().cuts())
        .containsExactly(0L, 1L, 2L, 3L);
  }

  @Test
  void shouldStartAnewWhenKafkaDeletedWhatWasNotRead() {
    start(100, 7);
    ViewDefinition view = addView();
    append("a:5");
    flush();
    for (long lost = end; lost < 6; lost++) {
      append("a:7");
    }
    append("a:1");
    long first = end - 1;
    beginning = first;
    restart();
    next = first;
    flush();
    Progress progress = replicas.get(TOPICS.speed(view)).progress().orElseThrow();
    assertThat(progress.birth()).isEqualTo(first);
    assertThat(progress.cuts()).containsExactly(first);
    assertThat(total(view, first)).containsExactly(Map.entry("a", "1/1/1"));
  }

  @Test
  void shouldDeleteWhatARetiredViewLeft() {
    start(100, 7);
    ViewDefinition first = addView();
    addView();
    append("a,b,c:1");
    process();
    flush();
    assertThat(store.size()).isEqualTo(1 + 2 * (1 + 3));
    views.remove(first.id());
    follow();
    flush();
    assertThat(store.size()).isEqualTo(1 + 1 + 3);
  }

  @Test
  void shouldNotTakeUpWhatIsLeftOfAViewThatWentWhileTheProcessWasDown() {
    start(1_000_000, 7);
    ViewDefinition view = addView();
    ViewDefinition other = addView();
    for (int i = 0; i < 5_000; i++) {
      append("g" + i + ":1");
    }
    flush();
    views.remove(view.id());
    restart();
    append("g1:1");
    flush(other);
    assertThat(task.unwritten()).as("still deletes").isTrue();
    restart();
    append("g2:1");
    flush(other);
    long again = task.position();
    views.put(view.id(), view);
    restart();
    append("g1,g2:1");
    flush();
    assertThat(replicas.get(TOPICS.speed(view)).progress().orElseThrow().birth()).isEqualTo(again);
  }

  @Test
  void shouldGoBackToTheLastFlushWhenAViewFailsHalfWay() {
    start(100, 7);
    ViewDefinition view = addView();
    append("a:1");
    append("a,!:5");
    append("a:2");
    assertThat(process()).as("the first failure aborts").isFalse();
    assertThat(next).isZero();
    flush();
    Progress progress = replicas.get(TOPICS.speed(view)).progress().orElseThrow();
    assertThat(progress.failed()).isEqualTo(1);
    assertThat(total(view, 0)).containsExactly(Map.entry("a", "2/3/2"));
  }

  @Test
  void shouldPublishAllOfAViewAgainToASpeedTopicThatWasMadeAnew() {
    start(100, 7);
    ViewDefinition view = addView();
    append("a:5");
    flush();
    speedIds.put(TOPICS.speed(view), "another");
    replicas.remove(TOPICS.speed(view));
    append("b:2");
    flush();
    assertThat(replicas.get(TOPICS.speed(view)).progress())
        .as("a flush of the topic before means nothing")
        .isEmpty();
    lookAtTopics();
    flush();
    assertThat(total(view, 0)).containsOnly(Map.entry("a", "1/5/5"), Map.entry("b", "1/2/2"));
    assertThat(replicas.get(TOPICS.speed(view)).progress().orElseThrow().speedTopicId())
        .contains("another");
  }

  @Test
  void shouldPublishAgainAfterARestart() {
    start(100, 7);
    ViewDefinition view = addView();
    append("a:5");
    flush();
    speedIds.put(TOPICS.speed(view), "another");
    replicas.remove(TOPICS.speed(view));
    restart();
    flush();
    assertThat(total(view, 0)).containsExactly(Map.entry("a", "1/5/5"));
  }

  @Test
  void shouldStartAnewWhenTheChangelogWasMadeAnew() {
    start(100, 7);
    ViewDefinition view = addView();
    append("a:5");
    append("b:5");
    flush();
    store.makeChangelogAnew();
    append("a:1");
    flush();
    changelogId = "another";
    restart();
    flush();
    Progress progress = replicas.get(TOPICS.speed(view)).progress().orElseThrow();
    assertThat(progress.birth()).as("half the states are lost").isEqualTo(3);
    assertThat(progress.cuts()).containsExactly(3L);
  }

  @Test
  void shouldCommitNothingOfAnotherTopicOfTheName() {
    start(100, 7);
    addView();
    append("a:5");
    flush();
    sourceId = Optional.of("another");
    append("a:1");
    process();
    assertThatThrownBy(task::flush)
        .isInstanceOf(MillraceException.class)
        .hasMessage("found another topic");
    assertThatThrownBy(this::restart).hasMessage("found another topic");
  }

  @Test
  void shouldNoticeThatRetentionOvertookIt() {
    start(100, 7);
    ViewDefinition view = addView();
    append("a:5");
    flush();
    end = 7;
    append("a:1");
    beginning = 6;
    process();
    assertThatThrownBy(task::flush)
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("has deleted the records from offset 1 to 6");
    restart();
    flush();
    Progress progress = replicas.get(TOPICS.speed(view)).progress().orElseThrow();
    assertThat(progress.birth()).isEqualTo(6);
  }

  @Test
  void shouldStopOneViewWhoseStateIsTooLargeAndGoOnWithTheOthers() {
    start(100, 7);
    ViewDefinition view = addView();
    append("+a,b:4000");
    flush();
    append("+a:4000");
    append("+a:4000");
    append("c:1");
    assertThatThrownBy(
            () -> {
              process();
              task.flush();
            })
        .isInstanceOfSatisfying(
            ViewStoppedException.class, stopped -> feed.stop(view.id(), 0, stopped.stopped()))
        .hasMessage(
            "cannot keep view "
                + view.id()
                + " on orders-0 live: found a state of 12,024 bytes, in group [+a, 0, 0,"
                + " -9223372036854775808] (key 2b61), expected at most 10,000"
                + " (speed.state.max.bytes); its answers stay as they were, and other views go on;"
                + " raise speed.state.max.bytes and restart the speed layer, or have the view keep"
                + " less per group: a lower accuracy, a finer GROUP BY, a sketch instead of a set");
    restart();
    ViewDefinition other = addView();
    long born = task.position();
    flush(other);
    assertThat(replicas.get(TOPICS.speed(view)).progress().orElseThrow().position()).isEqualTo(1);
    assertThat(feed.problems().get(view.name())).contains("12,024 bytes");
    append("c:5");
    flush(other);
    assertThat(total(other, born)).containsEntry("c", "2/6/5");
    assertThat(total(view, 0)).containsOnlyKeys("+a", "b");

    // Another process, with the same limit; then one with a higher one.
    newProcess(STATE_BYTES);
    flush(other);
    assertThat(feed.problems().get(view.name())).contains("12,024 bytes");
    long again = task.position();
    newProcess(20_000);
    append("+a,c:5000");
    flush(other);
    flush(view);
    Progress progress = replicas.get(TOPICS.speed(view)).progress().orElseThrow();
    assertThat(progress.birth()).isEqualTo(progress.cuts().get(0)).isEqualTo(again);
    assertThat(total(view, again)).containsOnlyKeys("+a", "c");
    assertThat(feed.problems()).isEmpty();
    assertThat(store.scanAll()).as("what it had before is gone").hasSize(1 + 2 + 2 + 2 + 0);
  }

  @Test
  void shouldStopOneViewWhoseStateCannotBeEncoded() {
    start(100, 7);
    ViewDefinition view = addView();
    runtime.picky = view.id();
    restart();
    append("%:1");
    assertThatThrownBy(
            () -> {
              process();
              task.flush();
            })
        .isInstanceOfSatisfying(
            ViewStoppedException.class, stopped -> feed.stop(view.id(), 0, stopped.stopped()))
        .hasMessageContaining("this state has no bytes");
    restart();
    ViewDefinition other = addView();
    append("c:1");
    flush(other);
    assertThat(total(other, 0)).containsOnlyKeys("%", "c");
    assertThat(replicas).doesNotContainKey(TOPICS.speed(view));
  }

  @Test
  void shouldLeaveStatesApartThatDoNotMerge() {
    start(100, 7);
    ViewDefinition view = addView();
    for (int i = 0; i < 2; i++) {
      append("x:" + TextViews.UNMERGEABLE);
      append("+y:6000");
      append("z:1");
      process();
      now += 20_000;
      flush();
    }
    now += 300_000;
    append("z:1");
    flush();
    Progress progress = replicas.get(TOPICS.speed(view)).progress().orElseThrow();
    assertThat(progress.cuts()).as("the cut between them is dropped").hasSize(2);
    assertThat(states(view, "z")).as("merged").hasSize(1);
    assertThat(states(view, "x")).as("does not merge").hasSize(2);
    assertThat(states(view, "+y")).as("would be too large").hasSize(2);
    assertThat(total(view, 0)).containsEntry("x", "2/1333332/666666").containsEntry("z", "3/3/1");
    assertThat(feed.problems().get(view.name()))
        .startsWith("cannot merge live states of group [x, 0, 0,")
        .contains("two states that do not merge");
  }

  /** One transaction writes a bounded number of states, whatever there is to merge or forget. */
  @Test
  void shouldMergeForgetAndPurgeInSlicesThatSurviveACrash() {
    start(1_000_000, 7);
    ViewDefinition view = addView();
    int groups = 5_000;
    for (int cut = 0; cut < 3; cut++) {
      for (int i = 0; i < groups; i++) {
        append("g" + i + ":1");
      }
      process();
      now += 20_000;
      flush();
    }
    now += 300_000;
    append("g0:1");
    process();
    int flushes = 0;
    long most = 0;
    do {
      long before = store.writes;
      flush();
      most = Math.max(most, store.writes - before);
      flushes++;
      if (flushes % 3 == 0) {
        restart();
      }
    } while (task.unwritten() && flushes < 100);
    assertThat(flushes).isBetween(3, 60);
    assertThat(most).isLessThan(10_000);
    assertThat(replicas.get(TOPICS.speed(view)).progress().orElseThrow().cuts()).hasSize(2);
    assertThat(store.size()).isEqualTo(1 + 1 + groups);

    long open = task.position();
    runs.put("r1", run("r1", view, RunRecord.Status.COMPLETED, open));
    runs.put("r2", run("r2", view, RunRecord.Status.COMPLETED, open));
    compared.addAll(Set.of("r1", "r2"));
    follow();
    append("g1:1");
    append("g1:1");
    flushes = 0;
    do {
      long before = store.writes;
      flush();
      most = Math.max(most, store.writes - before);
      restart();
      flushes++;
    } while (task.unwritten() && flushes < 100);
    assertThat(most).isLessThan(10_000);
    assertThat(store.size()).isEqualTo(1 + 1 + 1);
  }

  /** Both go through the same states in the same transactions, and share what these may hold. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void shouldPublishAgainWhileSegmentsAreMerged(int flushesBefore) {
    start(1_000_000, 7);
    ViewDefinition view = addView();
    int groups = 5_000;
    for (int cut = 0; cut < 3; cut++) {
      for (int i = 0; i < groups; i++) {
        append("g" + i + ":1");
      }
      process();
      now += 20_000;
      flush();
    }
    now += 300_000;
    append("g0:1");
    for (int i = 0; i < flushesBefore; i++) {
      flush();
    }
    assertThat(task.unwritten()).as("still merges").isTrue();
    speedIds.put(TOPICS.speed(view), "another");
    replicas.remove(TOPICS.speed(view));
    lookAtTopics();
    int flushes = 0;
    int most = 0;
    do {
      append("g" + random.nextInt(groups) + ":1");
      flush(List.of());
      most = Math.max(most, lastSent);
      boolean whole = replicas.get(TOPICS.speed(view)).progress().isPresent();
      assertThat(feed.publishing().containsKey(view)).isNotEqualTo(whole);
      if (whole) {
        check(view);
      } else if (flushes % 4 == 3 && flushes < 12) {
        restart();
      }
      flushes++;
    } while (task.unwritten() && flushes < 100);
    assertThat(flushes).isBetween(3, 60);
    assertThat(most).isLessThan(6_000);
    assertThat(replicas.get(TOPICS.speed(view)).progress().orElseThrow().cuts()).hasSize(2);
    assertThat(total(view, 0)).hasSize(groups);
    assertThat(store.size()).isBetween(1 + 1 + groups, 1 + 1 + groups + flushes);
  }

  @Test
  void shouldLetAViewStandStillWhateverTopicsAreMadeAnew() {
    start(100, 7);
    ViewDefinition view = addView();
    append("+a,b:4000");
    flush();
    append("+a:4000");
    append("+a:4000");
    assertThatThrownBy(
            () -> {
              process();
              task.flush();
            })
        .isInstanceOfSatisfying(
            ViewStoppedException.class, stopped -> feed.stop(view.id(), 0, stopped.stopped()));
    restart();
    ViewDefinition other = addView();
    changelogId = "another";
    store.makeChangelogAnew();
    lookAtTopics();
    flush(other);
    speedIds.put(TOPICS.speed(view), "another");
    replicas.remove(TOPICS.speed(view));
    lookAtTopics();
    flush(other);
    assertThat(task.unwritten()).as("waits for nothing").isFalse();
    assertThat(feed.publishing()).isEmpty();
    assertThat(replicas).doesNotContainKey(TOPICS.speed(view));

    newProcess(STATE_BYTES);
    flush(other);
    assertThat(feed.problems().get(view.name())).contains("12,024 bytes");
    assertThat(replicas).doesNotContainKey(TOPICS.speed(view));
    long again = task.position();
    newProcess(20_000);
    append("+a,c:5000");
    flush();
    assertThat(replicas.get(TOPICS.speed(view)).progress().orElseThrow().birth()).isEqualTo(again);
    assertThat(total(view, again)).containsOnlyKeys("+a", "c");
  }

  @Test
  void shouldKeepGroupsOnHeapByTheirBytes() {
    start(1_000_000, 7);
    ViewDefinition view = addView();
    for (int i = 0; i < 400; i++) {
      append("+g" + i + ":9000");
    }
    flush();
    append("a:1");
    flush();
    assertThat(feed.statuses().get(0).views().get(view.id()).hotBytes())
        .isLessThanOrEqualTo(HOT_BYTES);
    assertThat(feed.statuses().get(0).views().get(view.id()).hot()).isBetween(50, 250);
  }

  private List<byte[]> states(ViewDefinition view, String group) {
    return replicas
        .get(TOPICS.speed(view))
        .statesFrom(0)
        .get(ByteBuffer.wrap(group.getBytes(StandardCharsets.UTF_8)));
  }

  private void newProcess(long maxStateBytes) {
    feed = feed(1_000, maxStateBytes);
    restart();
  }

  private void start(int hotGroups, long newSeed) {
    seed = newSeed;
    random = new Random(seed);
    log.clear();
    end = 0;
    views.clear();
    runs.clear();
    replicas.clear();
    store.putAll(
        store.scanAll().stream()
            .map(key -> org.apache.kafka.streams.KeyValue.pair(key, (byte[]) null))
            .toList());
    store.commit();
    beginning = 0;
    committed = 0;
    speedIds.clear();
    topics = WrittenTopics.UNKNOWN;
    feed = feed(hotGroups, STATE_BYTES);
    restart();
  }

  private SourceFeed feed(int hotGroups, long maxStateBytes) {
    return new SourceFeed(
        new SourceFeed.Settings(
            "orders",
            TOPICS,
            Duration.ofMillis(50),
            Duration.ofSeconds(1),
            Duration.ofMillis(11),
            Duration.ofMinutes(1),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            hotGroups,
            maxStateBytes,
            "me",
            () -> Instant.ofEpochMilli(now)),
        runtime,
        new SourceOffsets() {
          @Override
          public long beginning(int partition) {
            return beginning;
          }

          @Override
          public long start(int partition) {
            return Math.max(beginning, committed);
          }

          @Override
          public void checkReaches(int partition, long position) {
            assertThat(end).isGreaterThanOrEqualTo(position);
          }

          @Override
          public Optional<String> topicId(Optional<String> known) {
            if (known.isPresent() && !known.equals(sourceId)) {
              throw new MillraceException(ErrorCode.TOPIC_CHANGED, "found another topic");
            }
            return sourceId;
          }
        },
        new SourceMeters(new SimpleMeterRegistry(), "orders"),
        new HotBudget(HOT_BYTES));
  }

  private void act(int dice) {
    if (random.nextInt(100) == 0) {
      makeATopicAnew();
    }
    if (dice < 600) {
      append(randomValue());
      process();
    } else if (dice < 900) {
      now += random.nextInt(random.nextInt(20) == 0 ? 300_000 : 5_000);
      flush();
    } else if (dice < 915) {
      restart();
    } else if (dice < 945) {
      startRun();
    } else if (dice < 980) {
      endRun();
    } else if (dice < 990) {
      addView();
    } else if (views.size() > 1) {
      views.remove(views.keySet().iterator().next());
      follow();
    }
  }

  private String randomValue() {
    if (random.nextInt(40) == 0) {
      return "?";
    }
    StringBuilder value = new StringBuilder();
    int groups = 1 + random.nextInt(3);
    for (int i = 0; i < groups; i++) {
      value.append(i == 0 ? "" : ",").append("g").append(random.nextInt(60));
    }
    if (random.nextInt(200) == 0) {
      value.append(",!");
    }
    return value.append(":").append(random.nextInt(1_000)).toString();
  }

  private void append(String value) {
    if (random.nextInt(10) == 0) {
      end += random.nextInt(5);
    }
    log.put(end++, value);
  }

  /** Processes what is in the log; false if it failed and the task started again. */
  private boolean process() {
    try {
      for (Map.Entry<Long, String> record : log.tailMap(next, true).entrySet()) {
        task.process(
            record.getValue().getBytes(StandardCharsets.UTF_8), record.getKey(), record.getKey());
        next = record.getKey() + 1;
      }
      return true;
    } catch (ViewFailedException e) {
      feed.guard(e.viewId());
      restart();
      return false;
    }
  }

  /** As after a crash: what was not committed is gone. */
  private void restart() {
    store.restore();
    sent.clear();
    next = committed;
    lookAtTopics();
    task = SpeedTask.open(0, feed, store, new Recorder());
  }

  private void flush() {
    flush(views.values());
  }

  private void flush(ViewDefinition checked) {
    flush(List.of(checked));
  }

  private void flush(Collection<ViewDefinition> checked) {
    while (!process()) {
      assertThat(next).isEqualTo(committed);
    }
    task.touch();
    task.flush();
    store.commit();
    committed = next;
    lastSent = sent.size();
    for (Sent record : sent) {
      if (!means(record)) {
        continue;
      }
      replicas
          .computeIfAbsent(
              record.topic(),
              t -> new SpeedReplica(value -> progresses.get(ByteBuffer.wrap(value).getInt())))
          .accept(record.key(), record.value());
    }
    sent.clear();
    checked.forEach(this::check);
  }

  /** A flush that completes another topic of the name means nothing in this one. */
  private boolean means(Sent record) {
    if (!(SpeedKey.fromBytes(record.key()) instanceof SpeedKey.Flush)) {
      return true;
    }
    Progress progress = progresses.get(ByteBuffer.wrap(record.value()).getInt());
    return progress.speedTopicId().equals(Optional.ofNullable(speedIds.get(record.topic())));
  }

  private void makeATopicAnew() {
    topicsMade++;
    if (random.nextBoolean()) {
      changelogId = "c" + topicsMade;
      store.makeChangelogAnew();
    } else {
      ViewDefinition view = List.copyOf(views.values()).get(random.nextInt(views.size()));
      speedIds.put(TOPICS.speed(view), "t" + topicsMade);
      replicas.remove(TOPICS.speed(view));
    }
    if (random.nextBoolean()) {
      lookAtTopics();
    }
  }

  /** The task hears of the topics there are. */
  private void lookAtTopics() {
    Map<String, String> ids = new HashMap<>();
    for (ViewDefinition view : views.values()) {
      ids.put(view.id(), speedIds.computeIfAbsent(TOPICS.speed(view), t -> "t" + ++topicsMade));
    }
    topics = new WrittenTopics(ids, Optional.of(changelogId));
    follow();
  }

  private void check(ViewDefinition view) {
    SpeedReplica replica = replicas.get(TOPICS.speed(view));
    boolean told =
        topics.speed(view.id()).equals(Optional.ofNullable(speedIds.get(TOPICS.speed(view))));
    if (!told && (replica == null || replica.progress().isEmpty())) {
      return;
    }
    Progress progress = replica.progress().orElseThrow();
    if (!told) {
      // The topic is another one by now; what the replica has is of some flush before.
      return;
    }
    assertThat(progress.position()).isEqualTo(Math.max(task.position(), progress.position()));
    for (long cut : progress.cuts()) {
      assertThat(total(view, cut))
          .as("seed %d, %s from %d in %s", seed, view.name(), cut, progress)
          .isEqualTo(expected(cut, progress.position()));
    }
    long from = progress.birth();
    assertThat(progress.rejected())
        .as("seed %d", seed)
        .isEqualTo(log.tailMap(from).values().stream().filter(v -> v.equals("?")).count());
    assertThat(progress.failed())
        .as("seed %d", seed)
        .isEqualTo(log.tailMap(from).values().stream().filter(v -> v.contains("!")).count());
    SourceViews now = feed.views();
    for (long boundary : now.boundaries(view.id(), 0).kept()) {
      if (wasReachable.contains(boundary) && boundary >= progress.birth()) {
        assertThat(boundary >= progress.position() || progress.cuts().contains(boundary))
            .as("seed %d: boundary %d in %s", seed, boundary, progress)
            .isTrue();
      }
    }
  }

  private Map<String, String> total(ViewDefinition view, long cut) {
    Map<String, String> totals = new TreeMap<>();
    replicas
        .get(TOPICS.speed(view))
        .statesFrom(cut)
        .forEach(
            (key, states) -> {
              TextViews.Totals total = new TextViews.Totals();
              states.forEach(state -> total.add(TextViews.Totals.of(state)));
              totals.put(new String(key.array(), StandardCharsets.UTF_8), total.toString());
            });
    return totals;
  }

  private Map<String, String> expected(long from, long to) {
    return TextViews.totals(log.subMap(from, to).values());
  }

  private ViewDefinition addView() {
    ViewDefinition view =
        TextViews.view("view" + random.nextInt(1_000_000), TextViews.source("orders", "orders"));
    views.put(view.id(), view);
    lookAtTopics();
    return view;
  }

  private final List<Long> wasReachable = new ArrayList<>();

  private void startRun() {
    ViewDefinition view = List.copyOf(views.values()).get(random.nextInt(views.size()));
    SpeedReplica replica = replicas.get(TOPICS.speed(view));
    if (replica == null || replica.progress().isEmpty()) {
      return;
    }
    Progress progress = replica.progress().orElseThrow();
    List<Long> recent = progress.cuts();
    long least =
        runs.values().stream()
            .filter(run -> run.viewId().equals(view.id()))
            .mapToLong(run -> run.boundary().offset(0))
            .max()
            .orElse(0);
    long boundary =
        random.nextBoolean()
            ? recent.get(recent.size() - 1)
            : Math.max(next, end) + random.nextInt(20);
    if (boundary >= least && boundary > 0) {
      wasReachable.add(boundary);
      String id = "r" + String.format("%08d", runs.size() + 1);
      runs.put(id, run(id, view, RunRecord.Status.STARTED, boundary));
      follow();
    }
  }

  private void endRun() {
    runs.values().stream()
        .filter(run -> run.status() == RunRecord.Status.STARTED)
        .findFirst()
        .ifPresent(
            run -> {
              RunRecord.Status status =
                  random.nextInt(4) == 0 ? RunRecord.Status.FAILED : RunRecord.Status.COMPLETED;
              runs.put(
                  run.runId(),
                  new RunRecord(
                      run.runId(),
                      run.view(),
                      run.version(),
                      run.kind(),
                      status,
                      run.boundary(),
                      run.lakeSnapshotId(),
                      run.table(),
                      run.viewSnapshotId(),
                      run.rows(),
                      run.startedAt(),
                      run.finishedAt(),
                      run.trigger(),
                      run.error()));
              if (random.nextInt(4) == 0) {
                refused.add(run.runId());
              } else if (random.nextInt(4) > 0) {
                compared.add(run.runId());
              }
              follow();
            });
  }

  private static RunRecord run(
      String id, ViewDefinition view, RunRecord.Status status, long boundary) {
    return new RunRecord(
        id,
        view.name(),
        view.version(),
        RunRecord.Kind.FULL,
        status,
        Position.of(Map.of(0, boundary)),
        1,
        "views.v",
        Optional.empty(),
        -1,
        Instant.EPOCH,
        Optional.empty(),
        "request",
        Optional.empty());
  }

  /** Of the completed runs, those that somebody has compared, and found equal. */
  private Set<String> bases() {
    return runs.values().stream()
        .filter(run -> run.status() == RunRecord.Status.COMPLETED)
        .map(RunRecord::runId)
        .filter(id -> compared.contains(id) && !refused.contains(id))
        .collect(Collectors.toSet());
  }

  private void follow() {
    feed.follow(
        new SourceViews(
            List.copyOf(views.values()),
            List.copyOf(runs.values()),
            refused,
            bases(),
            topics,
            Standings.NONE));
  }

  private final class Recorder implements SpeedOutput {
    @Override
    public void state(String topic, long segment, byte[] groupKey, byte[] state) {
      sent.add(new Sent(topic, new SpeedKey.State(segment, groupKey).toBytes(), state));
    }

    @Override
    public void flush(String topic, Progress progress) {
      progresses.add(progress);
      byte[] number = ByteBuffer.allocate(4).putInt(progresses.size() - 1).array();
      sent.add(new Sent(topic, new SpeedKey.Flush().toBytes(), number));
    }
  }
}
