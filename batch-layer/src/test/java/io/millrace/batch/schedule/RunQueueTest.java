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
            Map.entry("b", new RunQueue.Due("schedule", true)),
            Map.entry("a", new RunQueue.Due("request", true)));
    assertThat(queue.take(Duration.ZERO)).isEmpty();
    assertThat(queue.add("b", "schedule")).isTrue();
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
        .containsEntry("a", new RunQueue.Due("first", false));
  }
}
