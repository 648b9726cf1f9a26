package io.millrace.serving.live;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.SourcePosition;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * Where the topics of sources end, asked of the broker when somebody waits for more than is known.
 * The end of a topic only moves on, so that what was found once is asked for no more; however many
 * wait for one topic, one look-up of it is under way. A broker that gives no answer refuses nobody.
 * Thread-safe; waits for nothing.
 */
public final class SourceTopicEnds implements SourceReach {
  private static final int TIMEOUT_MS = (int) Duration.ofSeconds(5).toMillis();

  /** Which topic a name stood for, and where its partitions ended. */
  private record Ends(Optional<String> topicId, Map<Integer, Long> offsets) {}

  private final Admin admin;
  private final Map<String, Ends> known = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<Ends>> looking = new ConcurrentHashMap<>();

  /**
   * @param admin stays the caller's
   */
  SourceTopicEnds(Admin admin) {
    this.admin = admin;
  }

  @Override
  public CompletionStage<Void> check(SourceDefinition source, SourcePosition asked) {
    Ends before = known.get(source.topic());
    if (before != null && problem(source, asked, before).isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    return look(source.topic())
        .thenAccept(
            ends ->
                problem(source, asked, ends)
                    .ifPresent(
                        problem -> {
                          throw problem;
                        }));
  }

  private CompletableFuture<Ends> look(String topic) {
    CompletableFuture<Ends> mine = new CompletableFuture<>();
    CompletableFuture<Ends> underWay = looking.putIfAbsent(topic, mine);
    if (underWay != null) {
      // It may have been asked before the record was written that is waited for.
      return underWay.handle((ends, failure) -> null).thenCompose(ignored -> lookAfter(topic));
    }
    mine.whenComplete((ends, failure) -> looking.remove(topic, mine));
    ask(topic, mine);
    return mine;
  }

  /** As {@link #look}, but whatever is under way began late enough. */
  private CompletableFuture<Ends> lookAfter(String topic) {
    CompletableFuture<Ends> mine = new CompletableFuture<>();
    CompletableFuture<Ends> underWay = looking.putIfAbsent(topic, mine);
    if (underWay != null) {
      return underWay;
    }
    mine.whenComplete((ends, failure) -> looking.remove(topic, mine));
    ask(topic, mine);
    return mine;
  }

  private void ask(String topic, CompletableFuture<Ends> answer) {
    try {
      admin
          .describeTopics(List.of(topic), new DescribeTopicsOptions().timeoutMs(TIMEOUT_MS))
          .topicNameValues()
          .get(topic)
          .whenComplete(
              (description, failure) -> {
                if (failure != null) {
                  answer.completeExceptionally(failure);
                } else {
                  ends(description, answer);
                }
              });
    } catch (RuntimeException e) {
      answer.completeExceptionally(e);
    }
  }

  private void ends(TopicDescription topic, CompletableFuture<Ends> answer) {
    try {
      Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
      topic
          .partitions()
          .forEach(
              p -> asked.put(new TopicPartition(topic.name(), p.partition()), OffsetSpec.latest()));
      KafkaFuture<?> done =
          admin
              .listOffsets(
                  asked, (ListOffsetsOptions) new ListOffsetsOptions().timeoutMs(TIMEOUT_MS))
              .all()
              .whenComplete(
                  (found, failure) -> {
                    if (failure != null) {
                      answer.completeExceptionally(failure);
                      return;
                    }
                    Map<Integer, Long> offsets = new HashMap<>();
                    found.forEach((p, info) -> offsets.put(p.partition(), info.offset()));
                    Ends ends = new Ends(SourceTopic.text(topic), Map.copyOf(offsets));
                    known.put(topic.name(), ends);
                    answer.complete(ends);
                  });
    } catch (RuntimeException e) {
      answer.completeExceptionally(e);
    }
  }

  private static Optional<MillraceException> problem(
      SourceDefinition source, SourcePosition asked, Ends ends) {
    if (source.topicId().isPresent()
        && ends.topicId().isPresent()
        && !source.topicId().equals(ends.topicId())) {
      // Another topic's ends say nothing of these offsets.
      return Optional.empty();
    }
    for (Map.Entry<Integer, Long> offset : asked.position().offsets().entrySet()) {
      Long end = ends.offsets().get(offset.getKey());
      if (end == null) {
        return Optional.of(
            never(
                "partition " + offset.getKey(),
                "one of the " + ends.offsets().size() + " of topic " + source.topic()));
      }
      if (offset.getValue() > end) {
        return Optional.of(
            never(
                "offset " + offset.getValue() + " on partition " + offset.getKey(),
                "at most " + end + ", where topic " + source.topic() + " ends"));
      }
    }
    return Optional.empty();
  }

  private static MillraceException never(String found, String expected) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot wait for a position that no answer reaches: found "
            + found
            + ", expected "
            + expected
            + "; take the position that the producer says, of records that the broker has"
            + " acknowledged");
  }
}
