package io.millrace.speed.streams;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.model.SourceDefinition;
import io.millrace.speed.task.SourceOffsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** {@link SourceOffsets} asked from the broker at each call. Thread-safe. */
public final class KafkaSourceOffsets implements SourceOffsets {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Less than a transaction may take: its time-out aborts it, and the task begins anew anyhow. */
  private static final Duration PATIENCE = Duration.ofSeconds(45);

  private static final Duration PAUSE = Duration.ofMillis(100);

  private final Admin admin;
  private final SourceDefinition source;
  private final String topic;
  private final String group;

  /**
   * @param admin stays the caller's
   * @param group consumer group of the source's tasks
   */
  public KafkaSourceOffsets(Admin admin, SourceDefinition source, String group) {
    this.admin = admin;
    this.source = source;
    this.topic = source.topic();
    this.group = group;
  }

  @Override
  public long beginning(int partition) {
    TopicPartition asked = new TopicPartition(topic, partition);
    return patiently(
        () ->
            await(
                    "the first offset of " + asked,
                    admin.listOffsets(Map.of(asked, OffsetSpec.earliest())).partitionResult(asked))
                .offset());
  }

  /**
   * Asks again while the broker is away: before a commit nothing else can be done either, and a
   * task that gave up would have to restore all its states.
   */
  private static <T> T patiently(Supplier<T> question) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return question.get();
      } catch (MillraceException e) {
        if (e.code() != ErrorCode.BROKER_UNREACHABLE
            || System.nanoTime() >= end
            || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  @Override
  public long start(int partition) {
    TopicPartition asked = new TopicPartition(topic, partition);
    OffsetAndMetadata committed =
        await(
                "the committed offsets of group " + group,
                admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
            .get(asked);
    return Math.max(beginning(partition), committed == null ? 0 : committed.offset());
  }

  @Override
  public void checkReaches(int partition, long position) {
    TopicPartition asked = new TopicPartition(topic, partition);
    long end =
        await(
                "the end of " + asked,
                admin.listOffsets(Map.of(asked, OffsetSpec.latest())).partitionResult(asked))
            .offset();
    if (end < position) {
      throw SourceTopic.changed(
          "follow source " + source.name(),
          source,
          asked + " to end at offset " + end,
          "it to reach " + position + ", up to where it was read");
    }
  }

  @Override
  public Optional<String> topicId(Optional<String> known) {
    Optional<String> found = patiently(() -> SourceTopic.id(admin, topic, TIMEOUT));
    String doing = "follow source " + source.name();
    SourceTopic.check(doing, source, source.topicId(), found);
    SourceTopic.check(doing, source, known, found);
    return found;
  }

  private static <T> T await(String what, KafkaFuture<T> answer) {
    try {
      return answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      Optional<MillraceException> refusal = KafkaRefusal.of(e);
      if (refusal.isPresent()) {
        throw refusal.get();
      }
      throw new MillraceException(
          ErrorCode.BROKER_UNREACHABLE,
          "cannot read "
              + what
              + ": found no answer, expected one within "
              + TIMEOUT.toSeconds()
              + " s; check that the broker runs",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.BROKER_UNREACHABLE, "cannot read " + what + ": interrupted", e);
    }
  }
}
