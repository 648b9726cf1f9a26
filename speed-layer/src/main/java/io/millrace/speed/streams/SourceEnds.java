package io.millrace.speed.streams;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** How far source topics reach: the end of what is committed in each partition. Thread-safe. */
public final class SourceEnds {
  private static final long TIMEOUT_MS = 1_000;
  private static final Duration FRESH = Duration.ofSeconds(30);

  private record Answer(Map<Integer, Long> ends, long atNs) {}

  private final Admin admin;
  private final Map<String, Answer> last = new ConcurrentHashMap<>();

  public SourceEnds(Admin admin) {
    this.admin = admin;
  }

  /**
   * Asks the broker and waits for at most a second.
   *
   * @return by partition, exclusive; empty if the broker does not say
   */
  public Optional<Map<Integer, Long>> ask(String topic, Set<Integer> partitions) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.forEach(p -> asked.put(new TopicPartition(topic, p), OffsetSpec.latest()));
    try {
      Map<Integer, Long> ends = new HashMap<>();
      admin
          .listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
          .all()
          .get(TIMEOUT_MS, TimeUnit.MILLISECONDS)
          .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
      last.put(topic, new Answer(Map.copyOf(ends), System.nanoTime()));
      return Optional.of(ends);
    } catch (ExecutionException | TimeoutException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** What the broker said last, if that was lately; does not wait. */
  public Map<Integer, Long> known(String topic) {
    Answer answer = last.get(topic);
    return answer == null || System.nanoTime() - answer.atNs() > FRESH.toNanos()
        ? Map.of()
        : answer.ends();
  }
}
