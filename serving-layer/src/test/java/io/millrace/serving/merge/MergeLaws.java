package io.millrace.serving.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ValueJson;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.serving.query.RowsAnswer;
import io.millrace.serving.query.RowsQuery;
import io.millrace.serving.view.QueryLayer;
import io.millrace.view.CompiledView;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * The law of every answer: its rows are those of one pass over exactly the records below the
 * position it names, whatever was cut, merged, forgotten and recomputed on the way.
 */
final class MergeLaws {
  private static final int PARTITIONS = 3;
  private static final String HAVING =
      "SELECT category, sum(amount) AS amount FROM orders GROUP BY category HAVING sum(amount) >"
          + " 20000";
  private static final String GLOBAL =
      "SELECT count(*) AS orders, max(amount) AS most, stddev(price) AS spread FROM orders";
  private static final String WINDOWS =
      "SELECT window(ordered_at, '2 days', '1 day') AS window, category, count(*) AS orders FROM"
          + " orders GROUP BY window(ordered_at, '2 days', '1 day'), category";

  @TempDir private Path dir;
  private Replica replica;
  private Orders orders;
  private Random random;
  private long seed;

  @BeforeEach
  void start(TestInfo test) {
    seed = new Random().nextLong();
    System.out.println(test.getDisplayName() + " seed " + seed);
    random = new Random(seed);
    orders = new Orders(PARTITIONS, seed);
    replica = new Replica(dir);
  }

  @AfterEach
  void stop() {
    replica.close();
  }

  @Test
  void shouldEqualOnePassWhateverHappenedOnTheWay() {
    runRandomly("by_day", Orders.BY_DAY, 24);
  }

  @Test
  void shouldDropRowsThatHavingDropsAfterTheMerge() {
    runRandomly("having", HAVING, 12);
  }

  @Test
  void shouldGiveAViewWithoutGroupsOneRow() {
    runRandomly("total", GLOBAL, 12);
  }

  @Test
  void shouldMergeSlidingWindows() {
    runRandomly("windows", WINDOWS, 10);
  }

  private void runRandomly(String name, String sql, int steps) {
    CompiledView view = replica.apply(Orders.view(name, sql));
    LiveModel live = new LiveModel(view, orders);
    Deque<Position> boundaries = new ArrayDeque<>();
    beforeTheFirstRun(view, live);
    orders.add(random.nextInt(200));
    replica.live(view, live.advance());
    boundaries.add(live.cut());
    replica.live(view, live.advance());
    replica.completed(replica.lake.run(view, orders, boundaries.getLast()));
    for (int step = 0; step < steps; step++) {
      int partition = random.nextInt(PARTITIONS);
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> {
          orders.add(random.nextInt(120));
          replica.live(view, live.advance(partition, orders.end(partition)));
        }
        case 3 -> {
          live.cut(partition);
          orders.add(1 + random.nextInt(10));
          replica.live(view, live.advance(partition, orders.end(partition)));
        }
        default -> {
          boundaries.add(live.cut());
          replica.live(view, live.advance());
          RunRecord run = replica.lake.run(view, orders, boundaries.getLast());
          replica.completed(run);
          if (boundaries.size() > 2) {
            boundaries.removeFirst();
          }
          Position kept = boundaries.getFirst();
          for (int p = 0; p < PARTITIONS; p++) {
            replica.live(view, live.forget(p, kept.offset(p)));
          }
          assertThat(answer(view, QueryLayer.MERGED).runId()).contains(run.runId());
        }
      }
      check(view);
    }
  }

  /** Live state from the first record on is all that a run over nothing would lack. */
  private void beforeTheFirstRun(CompiledView view, LiveModel live) {
    replica.step();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      assertThatThrownBy(() -> answer(view, QueryLayer.MERGED))
          .as("not every partition has said where it begins")
          .hasMessageContaining("it waits for ");
      replica.live(view, live.advance(partition, orders.end(partition)));
    }
    for (int step = random.nextInt(6); step >= 0; step--) {
      int partition = random.nextInt(PARTITIONS);
      if (random.nextBoolean()) {
        live.cut(partition);
      }
      orders.add(random.nextInt(40));
      replica.live(view, live.advance(partition, orders.end(partition)));
      RowsAnswer merged = answer(view, QueryLayer.MERGED);
      assertThat(merged.runId()).isEmpty();
      assertThat(merged.boundary().total()).isZero();
      assertRows(view, merged.rows(), Position.empty(), merged.live());
      assertThat(pages(view, 1 + random.nextInt(20))).isEqualTo(merged.rows());
    }
  }

  private void check(CompiledView view) {
    RowsAnswer merged = answer(view, QueryLayer.MERGED);
    assertRows(view, merged.rows(), Position.empty(), merged.live());
    RowsAnswer batch = answer(view, QueryLayer.BATCH);
    assertThat(batch.live()).isEqualTo(merged.boundary());
    assertRows(view, batch.rows(), Position.empty(), merged.boundary());
    RowsAnswer speed = answer(view, QueryLayer.SPEED);
    assertRows(view, speed.rows(), speed.boundary(), speed.live());
    assertThat(pages(view, 1 + random.nextInt(20))).isEqualTo(merged.rows());
  }

  @Test
  void shouldFilterAndPageInTheOrderOfGroupColumns() {
    CompiledView view = replica.apply(Orders.view("by_day", Orders.BY_DAY));
    LiveModel live = new LiveModel(view, orders);
    orders.add(600);
    replica.live(view, live.advance());
    Position boundary = live.cut();
    replica.completed(replica.lake.run(view, orders, boundary));
    orders.add(300);
    replica.live(view, live.advance());

    Instant day = Instant.parse("2026-01-10T00:00:00Z");
    Instant later = Instant.parse("2026-01-20T00:00:00Z");
    assertFiltered(view, row -> "toys".equals(row.get(0)), "category=toys");
    assertFiltered(view, row -> row.get(0) == null, "category.null=true");
    assertFiltered(
        view,
        row -> "toys".equals(row.get(0)) && day.equals(row.get(1)),
        "category=toys",
        "day=2026-01-10");
    assertFiltered(
        view,
        row -> !((Instant) row.get(1)).isBefore(day) && ((Instant) row.get(1)).isBefore(later),
        "day.gte=2026-01-10T00:00:00Z",
        "day.lt=2026-01-20T00:00:00Z");
    assertFiltered(
        view,
        row -> row.get(0) != null && ((String) row.get(0)).compareTo("garden") > 0,
        "category.gt=garden");
    assertFiltered(view, row -> false, "category=nothing");
  }

  @Test
  void shouldAnswerFromTheRunAloneWhereNothingWasEverFlushed() {
    CompiledView view = replica.apply(Orders.view("by_day", Orders.BY_DAY));
    orders.add(300);
    replica.live(view, List.of());
    replica.completed(replica.lake.run(view, orders, orders.end()));

    RowsAnswer answer = answer(view, QueryLayer.MERGED);

    assertThat(answer.live()).isEqualTo(orders.end());
    assertRows(view, answer.rows(), Position.empty(), orders.end());
  }

  @Test
  void shouldTakeNothingOfLiveStateThatTheRunIsPast() {
    CompiledView view = replica.apply(Orders.view("by_day", Orders.BY_DAY));
    LiveModel live = new LiveModel(view, orders);
    orders.add(100);
    replica.live(view, live.advance());
    orders.add(100);
    replica.completed(replica.lake.run(view, orders, orders.end()));

    RowsAnswer answer = answer(view, QueryLayer.MERGED);

    assertThat(answer.live()).isEqualTo(orders.end());
    assertRows(view, answer.rows(), Position.empty(), orders.end());
  }

  private void assertFiltered(
      CompiledView view, Predicate<List<Object>> filter, String... conditions) {
    RowsAnswer answer = ask(view, Stream.concat(Stream.of("limit=10000"), Stream.of(conditions)));
    List<List<Object>> expected =
        orders.rows(view, Position.empty(), answer.live()).stream().filter(filter).toList();
    assertSame(view, answer.rows(), expected);
  }

  private List<List<Object>> pages(CompiledView view, int limit) {
    List<List<Object>> rows = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    do {
      RowsAnswer page =
          ask(
              view,
              Stream.concat(
                  Stream.of("limit=" + limit), cursor.stream().map(text -> "cursor=" + text)));
      assertThat(page.rows().size()).isLessThanOrEqualTo(limit);
      rows.addAll(page.rows());
      cursor = page.cursor();
    } while (cursor.isPresent());
    return rows;
  }

  private RowsAnswer answer(CompiledView view, QueryLayer layer) {
    return ask(view, Stream.of("limit=10000", "layer=" + layer.label()));
  }

  /** A query by its parameters, each {@code name=value}. */
  private RowsAnswer ask(CompiledView view, Stream<String> parameters) {
    Map<String, List<String>> byName =
        parameters
            .map(parameter -> parameter.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> List.of(pair[1])));
    return replica.queries.answer(new RowsQuery(view.definition().name(), byName));
  }

  private void assertRows(CompiledView view, List<List<Object>> rows, Position from, Position to) {
    assertSame(view, rows, orders.rows(view, from, to));
  }

  private void assertSame(CompiledView view, List<List<Object>> rows, List<List<Object>> expected) {
    assertThat(rows).as("seed %d", seed).hasSameSizeAs(expected);
    for (int i = 0; i < rows.size(); i++) {
      for (int c = 0; c < view.columns().size(); c++) {
        assertThat(same(rows.get(i).get(c), expected.get(i).get(c)))
            .as("seed %d: %s, expected %s", seed, rows.get(i), expected.get(i))
            .isTrue();
      }
    }
  }

  private static boolean same(Object a, Object b) {
    if (a instanceof Double x && b instanceof Double y) {
      return Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(y));
    }
    return ValueJson.node(a).equals(ValueJson.node(b));
  }
}
