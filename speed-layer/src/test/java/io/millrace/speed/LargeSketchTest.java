package io.millrace.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.control.model.Progress;
import io.millrace.control.model.Topics;
import io.millrace.control.model.ViewDefinition;
import io.millrace.speed.Orders.Order;
import io.millrace.speed.store.MemoryStore;
import io.millrace.speed.store.SpeedOutput;
import io.millrace.speed.task.EngineRuntime;
import io.millrace.speed.task.HotBudget;
import io.millrace.speed.task.SourceFeed;
import io.millrace.speed.task.SourceMeters;
import io.millrace.speed.task.SourceOffsets;
import io.millrace.speed.task.SourceViews;
import io.millrace.speed.task.SpeedTask;
import io.millrace.speed.task.Standings;
import io.millrace.speed.task.WrittenTopics;
import io.millrace.speed.view.ViewStoppedException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** An ordinary view whose state is larger than Kafka takes in a record by itself. */
class LargeSketchTest {
  private static final int RECORDS = 200_000;

  private final Orders orders = Orders.on("shop.orders");
  private final ViewDefinition view =
      orders.view(
          "percentiles",
          """
          SELECT category, approx_percentile(order_id * 1.5D, 0.5, 10000) AS a,
                 approx_percentile(order_id * 2.5D, 0.5, 10000) AS b,
                 approx_percentile(order_id * 3.5D, 0.5, 10000) AS c,
                 approx_percentile(order_id * 4.5D, 0.5, 10000) AS d,
                 approx_percentile(order_id * 5.5D, 0.5, 10000) AS e
          FROM orders GROUP BY category
          """);
  private int largest;
  private long position;

  @Test
  void shouldKeepPercentilesOfTheHighestAccuracyLive() {
    take(8 << 20);
    assertThat(position).isEqualTo(RECORDS);
    assertThat(largest).isBetween(1 << 20, 8 << 20);
  }

  @Test
  void shouldNameTheGroupWhereTheyAreTooLarge() {
    assertThatThrownBy(() -> take(1 << 20))
        .isInstanceOf(ViewStoppedException.class)
        .hasMessageContaining("in group [category-1, null, null, null, null, null] (key ")
        .hasMessageContaining("expected at most 1,048,576 (speed.state.max.bytes)");
  }

  /** Takes in the records, with a flush now and then: merging makes sketches larger. */
  private void take(long maxStateBytes) {
    SourceFeed feed =
        new SourceFeed(
            new SourceFeed.Settings(
                "shop.orders",
                new Topics("test"),
                Duration.ofMillis(50),
                Duration.ofSeconds(1),
                Duration.ofMillis(11),
                Duration.ofMinutes(1),
                Duration.ofHours(1),
                Duration.ofSeconds(1),
                Duration.ofHours(1),
                1_000,
                maxStateBytes,
                "me",
                InstantSource.system()),
            new EngineRuntime(),
            new FromTheStart(),
            new SourceMeters(new SimpleMeterRegistry(), "orders"),
            new HotBudget(64 << 20));
    feed.follow(
        new SourceViews(
            List.of(view), List.of(), Set.of(), Set.of(), WrittenTopics.UNKNOWN, Standings.NONE));
    SpeedTask task = SpeedTask.open(0, feed, new MemoryStore(), new Largest());
    Random random = new Random(7);
    for (int i = 0; i < RECORDS; i++) {
      task.process(new Order(random.nextLong(1L << 40), 1, 1, true, 1, 0).toBytes(), i, i);
      if (i % 2_000 == 1_999) {
        task.flush();
      }
    }
  }

  private final class Largest implements SpeedOutput {
    @Override
    public void state(String topic, long segment, byte[] groupKey, byte[] state) {
      largest = Math.max(largest, state.length);
    }

    @Override
    public void flush(String topic, Progress progress) {
      position = progress.position() - progress.failed();
    }
  }

  private static final class FromTheStart implements SourceOffsets {
    @Override
    public long beginning(int partition) {
      return 0;
    }

    @Override
    public long start(int partition) {
      return 0;
    }

    @Override
    public void checkReaches(int partition, long position) {
      throw new AssertionError("nothing was read before");
    }

    @Override
    public Optional<String> topicId(Optional<String> known) {
      return known;
    }
  }
}
