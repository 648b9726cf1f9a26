package io.millrace.launcher.produce;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Partitions answer in an order of their own: what is in the topic, and how to go on. */
final class DeliveriesTest {
  private static final Exception LATE = new TimeoutException("too late");

  private final Deliveries deliveries = new Deliveries();

  @BeforeEach
  void addLines() {
    for (int line = 2; line <= 11; line++) {
      deliveries.add(new Deliveries.Sent(0, line, "row"));
    }
  }

  @Test
  void shouldGoOnBehindTheLastRowWhereAllAreThere() throws Exception {
    for (int i = 9; i >= 0; i--) {
      assertThat(deliveries.await(Duration.ofNanos(1))).isFalse();
      deliveries.settle(i, i == 4 ? new RecordTooLargeException("large") : null);
    }

    assertThat(deliveries.await(Duration.ofNanos(1))).isTrue();
    assertThat(deliveries.inTopic()).isEqualTo(9);
    assertThat(deliveries.takeRefused().map(r -> r.row().line())).contains(6L);
    assertThat(deliveries.takeRefused()).isEmpty();
    assertThat(goOn(1, 0, false))
        .containsExactly(
            "every row before line 12 is in the topic or rejected",
            "the same command with --from-line 12 goes on from there");
    assertThat(goOn(3, 1, false))
        .containsExactly(
            "every row before line 12 of round 2 is in the topic or rejected",
            "the same command with --repeat 2 --from-line 12 goes on from there");
  }

  @Test
  void shouldGoOnAtTheFirstMissingRowWhereNoneBehindIt() {
    for (int i = 0; i < 7; i++) {
      deliveries.settle(i, null);
    }
    deliveries.settle(7, LATE);

    assertThat(deliveries.failure().map(failure -> failure.row().line())).contains(9L);
    assertThat(goOn(1, 0, false))
        .containsExactly(
            "every row before line 9 is in the topic or rejected",
            "Kafka has not answered for 3 rows, and may have taken some: lines 9–11",
            "the same command with --from-line 9 sends these and what follows");
  }

  @Test
  void shouldNotDoubleWhatIsInTheTopicBehindAMissingRow() {
    for (int i = 0; i < 10; i++) {
      deliveries.settle(i, i == 2 || i == 5 || i == 6 ? LATE : null);
    }

    assertThat(deliveries.outcome().laterInTopic()).isEqualTo(5);
    assertThat(goOn(1, 0, true))
        .containsExactly(
            "every row before line 4 is in the topic or rejected",
            "Kafka has not answered for 3 rows, and may have taken some: lines 4, 7–8",
            "5 rows behind the first of these are in the topic; these are among the rejected ones",
            "the same command with --from-line 12 sends what follows");
    assertThat(goOn(1, 0, false))
        .endsWith(
            "the same command with --from-line 12 sends what follows, without these",
            "with --from-line 4 it sends these too, and 5 rows behind them a second time");
  }

  @Test
  void shouldHoldNoMoreThanItsBound() throws Exception {
    Deliveries full = new Deliveries();
    full.add(new Deliveries.Sent(0, 2, "x".repeat(17 << 20)));
    assertThat(full.awaitRoom(Duration.ofNanos(1))).isFalse();
    full.settle(0, null);
    assertThat(full.awaitRoom(Duration.ofNanos(1))).isTrue();
    for (int i = 0; i < Deliveries.ROWS; i++) {
      assertThat(full.isFull()).isFalse();
      full.add(new Deliveries.Sent(0, i, ""));
    }
    assertThat(full.isFull()).isTrue();
    full.settle(2, null);
    assertThat(full.isFull()).isTrue();
    full.settle(1, null);
    assertThat(full.isFull()).isFalse();
  }

  private java.util.List<String> goOn(int repeat, int round, boolean kept) {
    return Ended.of(
            Optional.empty(), repeat, new Ended.Place(round, 12), deliveries.outcome(), kept)
        .goOn();
  }
}
