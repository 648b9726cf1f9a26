package io.millrace.serving.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.view.CompiledView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CursorsTest {
  @TempDir private Path dir;
  private String client = "one";
  private Replica replica;
  private Orders orders;
  private CompiledView view;
  private LiveModel live;

  @BeforeEach
  void start() {
    replica = new Replica(dir);
    orders = new Orders(2, 5);
    view = replica.apply(Orders.view("by_day", Orders.BY_DAY));
    live = new LiveModel(view, orders);
    orders.add(300);
    nextRun();
    orders.add(100);
    replica.live(view, live.advance());
  }

  @AfterEach
  void stop() {
    replica.close();
  }

  @Test
  void shouldStayAtThePositionOfTheFirstPageThroughUpdatesAndRuns() {
    RowsAnswer page = ask(7, Optional.empty());
    Position pinned = page.live();
    List<List<Object>> expected = orders.rows(view, Position.empty(), pinned);
    List<List<Object>> rows = new ArrayList<>(page.rows());
    int pages = 1;
    while (page.cursor().isPresent()) {
      orders.add(20);
      replica.live(view, live.advance());
      if (++pages % 5 == 0) {
        Position kept = live.position();
        nextRun();
        replica.live(view, live.forget(0, kept.offset(0)));
      }
      page = ask(7, page.cursor());
      assertThat(page.live()).isEqualTo(pinned);
      rows.addAll(page.rows());
    }
    assertThat(pages).isGreaterThan(10);
    assertThat(rows).hasSameSizeAs(expected);
    for (int i = 0; i < rows.size(); i++) {
      assertThat(rows.get(i).subList(0, 4)).isEqualTo(expected.get(i).subList(0, 4));
    }
  }

  @Test
  void shouldGiveAPageAgainThatIsAskedForAgain() {
    Optional<String> cursor = ask(7, Optional.empty()).cursor();

    assertThat(ask(9, cursor).rows()).isEqualTo(ask(9, cursor).rows()).hasSize(9);
  }

  @Test
  void shouldExpireWhatIsNotUsed() {
    Optional<String> first = ask(7, Optional.empty()).cursor();
    replica.nanoTime += Duration.ofSeconds(59).toNanos();
    Optional<String> second = ask(7, first).cursor();
    replica.nanoTime += Duration.ofSeconds(59).toNanos();
    assertThat(ask(7, second).rows()).hasSize(7);
    replica.nanoTime += Duration.ofSeconds(60).toNanos();

    assertThatThrownBy(() -> ask(7, second))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CURSOR_EXPIRED))
        .hasMessage(
            "cannot go on at this cursor: found its position let go, expected it used within 60 s;"
                + " start again without cursor");
    assertThat(replica.cursors.open()).isZero();
  }

  @Test
  void shouldLetGoOfAClientsOwnCursorsWhenItHasTooMany() {
    Optional<String> others = ask(1, Optional.empty()).cursor();
    client = "two";
    Optional<String> oldest = ask(1, Optional.empty()).cursor();
    Optional<String> used = ask(1, Optional.empty()).cursor();
    ask(1, used);
    for (int i = 0; i < 3 * Cursors.CLIENT_LEASES; i++) {
      ask(1, Optional.empty());
    }

    assertThat(replica.cursors.open()).isEqualTo(Cursors.CLIENT_LEASES + 1);
    assertThat(ask(1, used).rows()).as("used ones stay longest").hasSize(1);
    assertThatThrownBy(() -> ask(1, oldest)).hasMessageContaining("start again without cursor");
    client = "one";
    assertThat(ask(1, others).rows()).as("another client's stay").hasSize(1);
  }

  @Test
  void shouldHoldNothingForAClientThatWillNotGoOn() {
    RowsAnswer page = ask(7, Optional.of("none"));

    assertThat(page.rows()).hasSize(7);
    assertThat(page.more()).isTrue();
    assertThat(page.cursor()).isEmpty();
    assertThat(replica.cursors.open()).isZero();
    assertThat(ask(10_000, Optional.of("none")).more()).isFalse();
  }

  @Test
  void shouldGiveNoMoreRatherThanTakeAnothersAway() {
    Optional<String> first = ask(1, Optional.empty()).cursor();
    for (int i = 1; i < Cursors.MAX_LEASES; i++) {
      client = "client " + i;
      ask(1, Optional.empty());
    }
    client = "late";

    assertThatThrownBy(() -> ask(1, Optional.empty()))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BUSY));
    assertThat(ask(10_000, Optional.empty()).cursor()).as("needs no cursor").isEmpty();
    client = "one";
    assertThat(ask(1, first).rows()).hasSize(1);
  }

  @Test
  void shouldRefuseACursorOfAnotherQuestion() {
    Optional<String> cursor = ask(7, Optional.empty()).cursor();
    RowsQuery other =
        new RowsQuery(
            "by_day", Map.of("category", List.of("toys"), "cursor", List.of(cursor.orElseThrow())));

    assertThatThrownBy(() -> replica.queries.answer(other, client))
        .hasMessage(
            "cannot go on at this cursor: found another view, layer or conditions than it was made"
                + " for, expected the same; repeat the first request's parameters, or start again"
                + " without cursor");
    assertThatThrownBy(() -> ask(7, Optional.of("nonsense")))
        .hasMessage(
            "cannot go on at cursor 'nonsense': found text that is no cursor, expected one from an"
                + " earlier answer; start again without cursor");
  }

  private RowsAnswer ask(int limit, Optional<String> cursor) {
    Map<String, List<String>> parameters = new HashMap<>();
    parameters.put("limit", List.of(Integer.toString(limit)));
    cursor.ifPresent(text -> parameters.put("cursor", List.of(text)));
    return replica.queries.answer(new RowsQuery("by_day", parameters), client);
  }

  private void nextRun() {
    replica.live(view, live.advance());
    Position boundary = live.cut();
    replica.live(view, live.advance());
    replica.completed(replica.lake.run(view, orders, boundary));
  }
}
