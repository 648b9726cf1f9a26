package io.millrace.serving.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.serving.query.SqlQuery;
import io.millrace.serving.query.SqlReader;
import io.millrace.view.CompiledView;
import io.millrace.view.query.QueryPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Views of one source are answered at one position, whatever order their flushes are read in. */
class CommonPositionTest {
  private static final long SEED = Long.getLong("millrace.common.seed", System.nanoTime());
  private static final int PARTITIONS = 3;
  private static final String BOTH =
      "SELECT 'a' AS v, MEASURE(orders) AS n FROM by_day UNION ALL SELECT 'b', MEASURE(orders) FROM"
          + " by_amount";

  @TempDir private Path dir;

  private final Orders orders = new Orders(PARTITIONS, SEED);
  private final Random random = new Random(SEED);
  private final AtomicInteger apart = new AtomicInteger();
  private final AtomicInteger busy = new AtomicInteger();
  private Replica replica;
  private CompiledView byDay;
  private CompiledView byAmount;
  private LiveModel dayModel;
  private LiveModel amountModel;

  private static final class Answer implements SqlReader {
    private List<Relation> relations;
    private final List<List<Object>> rows = new ArrayList<>();

    @Override
    public void begin(
        List<QueryPlan.Column> columns,
        List<Relation> relations,
        List<Lookup> lookups,
        List<String> notes) {
      this.relations = relations;
    }

    @Override
    public void row(List<Object> values) {
      rows.add(values);
    }

    @Override
    public void end(boolean more) {}

    List<Long> counts() {
      return rows.stream().map(row -> (Long) row.get(1)).toList();
    }

    List<Position> positions() {
      return relations.stream().map(Relation::live).toList();
    }
  }

  @BeforeEach
  void load() {
    System.out.println("common positions of seed " + SEED);
    replica = new Replica(dir);
    byDay = replica.apply(Orders.view("by_day", Orders.BY_DAY));
    byAmount =
        replica.apply(
            Orders.view(
                "by_amount", "SELECT amount, count(*) AS orders FROM orders GROUP BY amount"));
    dayModel = new LiveModel(byDay, orders);
    amountModel = new LiveModel(byAmount, orders);
    orders.add(50);
    replica.live(byDay, dayModel.advance());
    replica.live(byAmount, amountModel.advance());
    replica.step();
  }

  @AfterEach
  void close() {
    replica.close();
  }

  private Position stand(String view) {
    try (ViewPin pin = replica.views.pin(view, QueryLayer.MERGED)) {
      return pin.live(QueryLayer.MERGED);
    }
  }

  private Answer ask(String sql) {
    Answer answer = new Answer();
    replica.sql.answer(new SqlQuery(sql, Map.of(), OptionalInt.empty()), answer);
    return answer;
  }

  @Test
  void shouldAnswerAtOnePositionWhileFlushesComeInAnyOrder() throws Exception {
    AtomicBoolean asking = new AtomicBoolean(true);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      Future<Integer> stream = threads.submit(() -> stream(asking));
      List<Future<Integer>> askers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        askers.add(threads.submit(this::askOften));
      }
      int moved = 0;
      for (Future<Integer> asker : askers) {
        moved += asker.get();
      }
      asking.set(false);
      assertThat(stream.get()).as("flushes").isGreaterThan(20);
      assertThat(moved).as("answers past the first position").isPositive();
      assertThat(apart.get()).as("pins by themselves that differ").isPositive();
    } finally {
      asking.set(false);
      threads.shutdownNow();
    }
  }

  /** One thread reads both topics, as a replica's follower does, each partition in its order. */
  private int stream(AtomicBoolean asking) {
    int flushes = 0;
    while (asking.get()) {
      orders.add(20);
      List<Runnable> reads = new ArrayList<>();
      for (int p = 0; p < PARTITIONS; p++) {
        int partition = p;
        long end = orders.end(p);
        reads.add(() -> replica.live(byDay, dayModel.advance(partition, end)));
        reads.add(() -> replica.live(byAmount, amountModel.advance(partition, end)));
      }
      java.util.Collections.shuffle(reads, random);
      for (Runnable read : reads) {
        read.run();
        flushes++;
        Thread.yield();
      }
    }
    return flushes;
  }

  private int askOften() {
    int moved = 0;
    for (int i = 0; i < 50; i++) {
      apart.addAndGet(stand("by_day").equals(stand("by_amount")) ? 0 : 1);
      Answer answer = askAgain();
      Position position = answer.positions().get(0);
      assertThat(answer.positions()).as("seed %d", SEED).containsOnly(position);
      long records = position.offsets().values().stream().mapToLong(Long::longValue).sum();
      assertThat(answer.counts()).as("seed %d", SEED).containsExactly(records, records);
      moved += records > 50 ? 1 : 0;
    }
    return moved;
  }

  /** A machine that stands still for longer than views are waited for is no fault. */
  private Answer askAgain() {
    while (true) {
      try {
        return ask(BOTH);
      } catch (MillraceException e) {
        assertThat(e.code()).as(e.getMessage()).isEqualTo(ErrorCode.BUSY);
        assertThat(busy.incrementAndGet()).as("questions that were too early").isLessThan(20);
      }
    }
  }

  @Test
  void shouldWaitForTheOneThatIsBehind() throws Exception {
    orders.add(40);
    List<LiveModel.Flush> behind = amountModel.advance();
    replica.live(byDay, dayModel.advance());
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Answer> answer = thread.submit(() -> ask(BOTH));
      replica.live(byAmount, behind);
      assertThat(answer.get().counts()).containsExactly(90L, 90L);
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void shouldSayWhereTheyStandWhenOneDoesNotComeAndGoOnAfterwards() {
    orders.add(40);
    replica.live(byDay, dayModel.advance());
    assertThatThrownBy(() -> ask(BOTH))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BUSY))
        .hasMessageStartingWith(
            "cannot answer now: found views of one source at positions that differ: by_day at "
                + dayModel.position()
                + ", by_amount at "
                + amountModel.position())
        .hasMessageContaining("expected them at one position within 500 ms; ask again");
    // It stands where it stood: nobody waits for it again, and nobody is held.
    long asked = System.nanoTime();
    assertThatThrownBy(() -> ask(BOTH)).hasMessageContaining("ask again");
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofMillis(400));
    orders.add(10);
    replica.live(byDay, dayModel.advance());
    assertThat(ask("SELECT 'a' AS v, MEASURE(orders) AS n FROM by_day").counts())
        .containsExactly(100L);
    replica.live(byAmount, amountModel.advance());
    assertThat(ask(BOTH).counts()).containsExactly(100L, 100L);
  }

  @Test
  void shouldNotWaitAgainForRunsOfOtherBoundariesWithoutLiveState() {
    CompiledView first = replica.apply(Orders.view("first", Orders.BY_DAY));
    CompiledView second = replica.apply(Orders.view("second", Orders.BY_DAY));
    replica.live(first, List.of());
    replica.live(second, List.of());
    replica.completed(replica.lake.run(first, orders, dayModel.position()));
    orders.add(30);
    dayModel.advance();
    replica.completed(replica.lake.run(second, orders, dayModel.position()));
    String both =
        "SELECT 'a' AS v, MEASURE(orders) AS n FROM first UNION ALL SELECT 'b', MEASURE(orders)"
            + " FROM second";
    assertThatThrownBy(() -> ask(both)).hasMessageContaining("ask again");
    long asked = System.nanoTime();
    assertThatThrownBy(() -> ask(both)).hasMessageContaining("ask again");
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofMillis(400));
    replica.completed(replica.lake.run(first, orders, dayModel.position()));
    assertThat(ask(both).counts()).containsExactly(80L, 80L);
  }

  @Test
  void shouldReadRunsOfOneBoundaryWhereverLiveStateStands() {
    Position boundary = dayModel.cut();
    amountModel.cut();
    replica.live(byDay, dayModel.advance());
    replica.live(byAmount, amountModel.advance());
    replica.completed(replica.lake.run(byDay, orders, boundary));
    replica.completed(replica.lake.run(byAmount, orders, boundary));
    orders.add(40);
    replica.live(byDay, dayModel.advance());
    assertThatThrownBy(() -> ask(BOTH)).hasMessageContaining("ask again");
    Answer answer = new Answer();
    replica.sql.answer(
        new SqlQuery(BOTH, Map.of(), OptionalInt.empty(), QueryLayer.BATCH, Optional.empty()),
        answer);
    assertThat(answer.counts()).containsExactly(50L, 50L);
    assertThat(answer.positions()).containsExactly(boundary, boundary);
  }

  @Test
  void shouldShowWhatIsHeldUpToAnOffsetAndTheRestAtTheEnd() {
    var speed = replica.views.answering("by_day").served().orElseThrow().speed();
    Map<Integer, Long> before = speed.hold();
    orders.add(30);
    replica.live(byDay, dayModel.advance());
    Position first = dayModel.position();
    orders.add(30);
    replica.live(byDay, dayModel.advance());
    assertThat(speed.hold()).isEqualTo(before);
    speed.showUpTo(first.offsets());
    assertThat(Position.of(speed.hold())).isEqualTo(first);
    assertThat(ask("SELECT 'a' AS v, MEASURE(orders) AS n FROM by_day").counts())
        .containsExactly(80L);
    speed.release();
    assertThat(ask("SELECT 'a' AS v, MEASURE(orders) AS n FROM by_day").counts())
        .containsExactly(110L);
  }
}
