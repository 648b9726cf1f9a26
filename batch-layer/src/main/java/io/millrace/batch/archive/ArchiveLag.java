package io.millrace.batch.archive;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far source topics reach, asked now and then on a thread of its own: the one that archives may
 * be busy with a run for hours. Thread-safe.
 */
public final class ArchiveLag implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveLag.class);
  private static final Duration EVERY = Duration.ofSeconds(10);
  private static final long TIMEOUT_MS = 5_000;

  private final Admin admin;
  private final Supplier<Collection<SourceDefinition>> sources;
  private final Map<String, Position> ends = new ConcurrentHashMap<>();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "archive-lag");
            made.setDaemon(true);
            return made;
          });

  public ArchiveLag(MillraceConfig config, Supplier<Collection<SourceDefinition>> sources) {
    this.admin = Admin.create(config.adminProperties());
    this.sources = sources;
  }

  public void start() {
    thread.scheduleWithFixedDelay(this::lookSafely, 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** A look that throws would be the last. */
  private void lookSafely() {
    try {
      look();
    } catch (RuntimeException e) {
      LOG.warn("the ends of the topics are not known", e);
    }
  }

  private void look() {
    Map<String, Position> found = new HashMap<>();
    for (SourceDefinition source : sources.get()) {
      try {
        found.put(source.name(), end(source.topic()));
      } catch (ExecutionException | TimeoutException | RuntimeException e) {
        LOG.debug("the end of {} is not known", source.topic(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    ends.keySet().retainAll(found.keySet());
    ends.putAll(found);
  }

  private Position end(String topic)
      throws ExecutionException, TimeoutException, InterruptedException {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    admin
        .describeTopics(List.of(topic))
        .allTopicNames()
        .get(TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .get(topic)
        .partitions()
        .forEach(p -> asked.put(new TopicPartition(topic, p.partition()), OffsetSpec.latest()));
    Map<Integer, Long> offsets = new HashMap<>();
    admin
        .listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
        .all()
        .get(TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .forEach((partition, end) -> offsets.put(partition.partition(), end.offset()));
    return Position.of(offsets);
  }

  /**
   * How many offsets a source's topic is ahead of {@code position}; empty if the broker did not say
   * when last asked. Does not wait.
   */
  public Optional<Long> behind(String source, Position position) {
    return Optional.ofNullable(ends.get(source))
        .map(end -> end.max(position).total() - position.total());
  }

  @Override
  public void close() {
    thread.shutdownNow();
    admin.close(Duration.ofSeconds(1));
  }
}
