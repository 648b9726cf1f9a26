package io.millrace.batch.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RunQueueTest {
  private final RunQueue queue = new RunQueue();

  @Test
  void shouldQueueAViewOnceAndKeepTheOrder() throws Exception {
    assertThat(queue.add("b", "schedule")).isTrue();
    assertThat(queue.add("a", "request")).isTrue();
    assertThat(queue.add("b", "request")).isFalse();

    Map<String, RunQueue.Due> due = queue.take(Duration.ZERO);

    assertThat(List.copyOf(due.entrySet()))
        .containsExactly(
            Map.entry("b", new RunQueue.Due("schedule", true, true)),
            Map.entry("a", new RunQueue.Due("request", true, false)));
    assertThat(queue.take(Duration.ZERO)).isEmpty();
    assertThat(queue.add("b", "schedule")).isTrue();
  }

  @Test
  void shouldKnowThatTheScheduleWaitsWhateverCameFirst() throws Exception {
    for (String scheduled : List.of("schedule", "misfire", "retry")) {
      for (String first : List.of("request", "first")) {
        queue.add("a", first);
        queue.add("a", scheduled);
        RunQueue.Due due = queue.take(Duration.ZERO).get("a");
        assertThat(due.trigger()).isEqualTo(first);
        assertThat(due.onSchedule()).as("%s, then %s", first, scheduled).isTrue();
      }
    }
    queue.add("a", "request");
    queue.add("a", "first");
    assertThat(queue.take(Duration.ZERO).get("a").onSchedule()).isFalse();
  }

  @Test
  void shouldWakeWhoeverWaits() throws Exception {
    CompletableFuture<Map<String, RunQueue.Due>> taken =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return queue.take(Duration.ofSeconds(60));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    queue.add("a", "first");
    assertThat(taken.get(30, TimeUnit.SECONDS))
        .containsEntry("a", new RunQueue.Due("first", false, false));
  }
}
