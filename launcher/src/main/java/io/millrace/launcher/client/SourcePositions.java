package io.millrace.launcher.client;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;

/**
 * How far each layer is with each source: the topic's end from the broker, the rest from what the
 * layers say. Immutable.
 */
public final class SourcePositions {
  private static final Duration STALE = Duration.ofSeconds(30);

  private final Map<String, Position> ends;
  private final Map<String, MillraceException> unknown;
  private final List<LayerStatus> statuses;

  private SourcePositions(
      Map<String, Position> ends,
      Map<String, MillraceException> unknown,
      List<LayerStatus> statuses) {
    this.ends = ends;
    this.unknown = unknown;
    this.statuses = statuses;
  }

  /**
   * @param end of the topic
   * @param speed what the speed layer has read, passed-over records of aborted transactions
   *     included; empty if it has not said so lately
   * @param lake what the batch layer has archived; empty if it has not said so lately
   * @param failed records that a view expression threw on
   */
  public record Line(
      Position end,
      Optional<Position> speed,
      Optional<Position> lake,
      long rejectedBySpeed,
      long rejectedByLake,
      long failed) {
    /** Offsets between {@code position} and the end. */
    public Optional<Long> lag(Optional<Position> position) {
      return position.map(at -> end.total() - at.min(end).total());
    }
  }

  /** Looks all of them up; one that cannot be found hides no other. */
  public static SourcePositions read(
      MillraceConfig config, List<SourceDefinition> sources, List<LayerStatus> statuses) {
    Instant oldest = Instant.now().minus(STALE);
    List<LayerStatus> fresh = statuses.stream().filter(s -> s.at().isAfter(oldest)).toList();
    Map<String, Position> ends = new HashMap<>();
    Map<String, MillraceException> unknown = new HashMap<>();
    try (Admin admin = Admin.create(config.adminProperties())) {
      for (SourceDefinition source : sources) {
        try {
          ends.put(source.name(), end(admin, config, source.topic()));
        } catch (MillraceException e) {
          unknown.put(source.name(), e);
        }
      }
    }
    return new SourcePositions(ends, unknown, fresh);
  }

  /**
   * @throws MillraceException if the end of its topic was not to be found
   */
  public Line line(SourceDefinition source) {
    if (unknown.containsKey(source.name())) {
      throw unknown.get(source.name());
    }
    String prefix = "source." + source.name() + ".";
    return new Line(
        ends.get(source.name()),
        position("speed", prefix + "read").or(() -> position("speed", prefix + "position")),
        position("batch", prefix + "position"),
        sum("speed", prefix + "rejected"),
        sum("batch", prefix + "rejected"),
        sum("speed", prefix + "failed"));
  }

  private Optional<Position> position(String layer, String key) {
    return statuses.stream()
        .filter(status -> status.layer().equals(layer))
        .flatMap(status -> Optional.ofNullable(status.details().get(key)).stream())
        .map(Position::parse)
        .reduce(Position::max);
  }

  private long sum(String layer, String key) {
    return statuses.stream()
        .filter(status -> status.layer().equals(layer))
        .flatMap(status -> Optional.ofNullable(status.details().get(key)).stream())
        .mapToLong(Long::parseLong)
        .sum();
  }

  private static Position end(Admin admin, MillraceConfig config, String topic) {
    long timeoutMs = config.kafka().connectTimeout().toMillis();
    try {
      TopicDescription description =
          admin
              .describeTopics(List.of(topic))
              .allTopicNames()
              .get(timeoutMs, TimeUnit.MILLISECONDS)
              .get(topic);
      Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
      description
          .partitions()
          .forEach(p -> wanted.put(new TopicPartition(topic, p.partition()), OffsetSpec.latest()));
      Map<Integer, Long> offsets = new HashMap<>();
      Map<TopicPartition, ListOffsetsResult.ListOffsetsResultInfo> found =
          admin.listOffsets(wanted).all().get(timeoutMs, TimeUnit.MILLISECONDS);
      found.forEach((partition, info) -> offsets.put(partition.partition(), info.offset()));
      return Position.of(offsets);
    } catch (ExecutionException | TimeoutException e) {
      Optional<MillraceException> refusal = KafkaRefusal.of(e);
      if (refusal.isPresent()) {
        throw refusal.get();
      }
      throw new MillraceException(
          ErrorCode.BROKER_UNREACHABLE,
          "cannot look up the end of topic "
              + topic
              + ": found "
              + Reason.of(e)
              + ", expected offsets; see whether the broker runs and has the topic",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.INTERNAL, "interrupted while looking up " + topic, e);
    }
  }
}
