package io.millrace.speed.streams;

import io.millrace.speed.streams.SourceEnd.OpenTransaction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** How far source topics reach and have been read, as the broker says. Thread-safe. */
public final class SourceEnds {
  private static final long TIMEOUT_MS = 1_000;
  private static final Duration FRESH = Duration.ofSeconds(30);

  /** Transactions that are open for less are nothing to speak of. */
  private static final Duration LONG_OPEN = Duration.ofSeconds(5);

  private record Answer(Map<Integer, SourceEnd> ends, long atNs) {}

  private final Admin admin;
  private final InstantSource clock;
  private final Map<String, Answer> last = new ConcurrentHashMap<>();
  private final Map<TopicPartition, OpenTransaction> open = new ConcurrentHashMap<>();

  /**
   * @param admin stays the caller's
   */
  public SourceEnds(Admin admin, InstantSource clock) {
    this.admin = admin;
    this.clock = clock;
  }

  /**
   * Asks the broker and waits for at most a few seconds.
   *
   * @param group of the source's tasks
   * @return by partition; empty if the broker does not say
   */
  public Optional<Map<Integer, SourceEnd>> ask(
      String topic, String group, Set<Integer> partitions) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.forEach(p -> asked.put(new TopicPartition(topic, p), OffsetSpec.latest()));
    try {
      KafkaFuture<Map<TopicPartition, OffsetAndMetadata>> reading =
          admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata();
      Map<TopicPartition, ListOffsetsResultInfo> readable =
          ends(asked, IsolationLevel.READ_COMMITTED);
      Map<TopicPartition, ListOffsetsResultInfo> written =
          ends(asked, IsolationLevel.READ_UNCOMMITTED);
      Map<TopicPartition, OffsetAndMetadata> read = get(reading);
      Map<Integer, SourceEnd> ends = new HashMap<>();
      for (TopicPartition partition : asked.keySet()) {
        long readableEnd = readable.get(partition).offset();
        long end = written.get(partition).offset();
        OffsetAndMetadata committed = read.get(partition);
        ends.put(
            partition.partition(),
            new SourceEnd(
                readableEnd,
                end,
                committed == null ? 0 : committed.offset(),
                waiting(partition, readableEnd, end)));
      }
      last.put(topic, new Answer(Map.copyOf(ends), System.nanoTime()));
      return Optional.of(ends);
    } catch (ExecutionException | TimeoutException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private Map<TopicPartition, ListOffsetsResultInfo> ends(
      Map<TopicPartition, OffsetSpec> asked, IsolationLevel isolation)
      throws ExecutionException, TimeoutException, InterruptedException {
    return get(admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all());
  }

  /** The transaction that holds readers up at {@code readable}, if it has for long. */
  private Optional<OpenTransaction> waiting(TopicPartition partition, long readable, long end)
      throws InterruptedException {
    if (readable >= end) {
      open.remove(partition);
      return Optional.empty();
    }
    OpenTransaction known = open.get(partition);
    if (known == null || known.start() != readable) {
      known =
          new OpenTransaction(readable, clock.instant(), OptionalLong.empty(), Optional.empty());
      open.put(partition, known);
    }
    if (Duration.between(known.seen(), clock.instant()).compareTo(LONG_OPEN) < 0) {
      return Optional.empty();
    }
    if (known.producerId().isEmpty()) {
      known = withProducer(partition, known);
      open.put(partition, known);
    }
    return Optional.of(known);
  }

  /** Asks whose it is, which takes the right to read the topic; as it was if the broker is mute. */
  private OpenTransaction withProducer(TopicPartition partition, OpenTransaction known)
      throws InterruptedException {
    try {
      return get(admin.describeProducers(List.of(partition)).partitionResult(partition))
          .activeProducers()
          .stream()
          .filter(producer -> startsAt(producer, known.start()))
          .findFirst()
          .map(
              producer ->
                  new OpenTransaction(
                      known.start(),
                      known.seen(),
                      OptionalLong.of(producer.producerId()),
                      Optional.of(Instant.ofEpochMilli(producer.lastTimestamp()))))
          .orElse(known);
    } catch (ExecutionException | TimeoutException e) {
      return known;
    }
  }

  private static boolean startsAt(ProducerState producer, long offset) {
    return producer.currentTransactionStartOffset().orElse(-1) == offset;
  }

  private static <T> T get(KafkaFuture<T> answer)
      throws ExecutionException, TimeoutException, InterruptedException {
    return answer.get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  /** What the broker said last, if that was lately; does not wait. */
  public Map<Integer, SourceEnd> known(String topic) {
    Answer answer = last.get(topic);
    return answer == null || System.nanoTime() - answer.atNs() > FRESH.toNanos()
        ? Map.of()
        : answer.ends();
  }

  /** For a person: which partitions wait for a transaction that has been open for long. */
  public List<String> problems(String topic) {
    return known(topic).entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .flatMap(end -> end.getValue().waiting().map(open -> text(topic, end, open)).stream())
        .toList();
  }

  private static String text(
      String topic, Map.Entry<Integer, SourceEnd> end, OpenTransaction open) {
    return "cannot read "
        + topic
        + "-"
        + end.getKey()
        + " past offset "
        + open.start()
        + ": found a transaction of "
        + (open.producerId().isPresent()
            ? "producer " + open.producerId().getAsLong()
            : "some producer")
        + " that has been open since "
        + open.wroteAt().orElse(open.seen())
        + " or before, expected it to end; "
        + (end.getValue().end() - end.getValue().readable())
        + " offsets behind it are in no answer until then: start that producer again with its"
        + " transactional id, let its transaction.timeout.ms end it, or run kafka-transactions.sh"
        + " --bootstrap-server … abort --topic "
        + topic
        + " --partition "
        + end.getKey()
        + " --start-offset "
        + open.start();
  }
}
