package io.millrace.speed.report;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What stream threads have committed, each since it began, as a counter of their source that goes
 * on over threads. Not thread-safe.
 */
final class CommitCounters {
  private final MeterRegistry registry;
  private final Map<String, Counter> counters = new HashMap<>();
  private final Map<String, Map<String, Double>> totals = new HashMap<>();

  CommitCounters(MeterRegistry registry) {
    this.registry = registry;
  }

  /**
   * @param threads the total of each of the source's threads by name; others are gone
   */
  void count(String source, Map<String, Double> threads) {
    Map<String, Double> before = totals.getOrDefault(source, Map.of());
    Counter counter =
        counters.computeIfAbsent(
            source,
            name ->
                Counter.builder("millrace.speed.commits")
                    .description("Transactions committed")
                    .tag("source", name)
                    .register(registry));
    threads.forEach(
        (thread, total) ->
            counter.increment(Math.max(0, total - before.getOrDefault(thread, 0.0))));
    totals.put(source, Map.copyOf(threads));
  }

  /** Forgets the sources that are followed no more. */
  void retain(Set<String> sources) {
    totals.keySet().retainAll(sources);
    counters
        .entrySet()
        .removeIf(
            counter -> {
              boolean gone = !sources.contains(counter.getKey());
              if (gone) {
                registry.remove(counter.getValue());
              }
              return gone;
            });
  }
}
