package io.millrace.system.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.model.Position;
import io.millrace.system.Http;
import io.millrace.testkit.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;

/** Topics that are deleted, made again, cut off at their beginning, and made wider. */
final class TopicFaults {
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private TopicFaults() {}

  /** The topic of a view's live state is deleted, and the speed layer killed and started. */
  static Fault recreateSpeedTopic(String view) {
    return new Fault("delete the speed topic of " + view) {
      private String before;

      @Override
      void strike(Scene scene) throws Exception {
        String topic = scene.system().speedTopic(view);
        before = id(scene.system().admin(), topic);
        scene.system().admin().deleteTopics(List.of(topic)).all().get(1, TimeUnit.MINUTES);
        scene.system().kill(Member.SPEED);
      }

      @Override
      void heal(Scene scene) {
        String topic = scene.system().speedTopic(view);
        scene.system().start(Member.SPEED);
        Eventually.await(
            "another topic of the name",
            PATIENCE,
            () -> !id(scene.system().admin(), topic).equals(before));
      }

      @Override
      Set<ErrorCode> refusals() {
        return Set.of(ErrorCode.VIEW_NOT_READY);
      }

      @Override
      boolean untilRun() {
        return true;
      }
    };
  }

  /** Kafka deletes what both layers have long read. */
  static Fault retention() {
    return new Fault("retention") {
      private final Map<TopicPartition, Long> gone = new java.util.HashMap<>();

      @Override
      void strike(Scene scene) throws Exception {
        for (Shop source : Shop.values()) {
          Position held = boundary(scene, source);
          held.offsets().forEach((p, o) -> gone.put(new TopicPartition(source.topic, p), o));
        }
        Map<TopicPartition, RecordsToDelete> deletions =
            gone.entrySet().stream()
                .collect(
                    Collectors.toMap(
                        Map.Entry::getKey, e -> RecordsToDelete.beforeOffset(e.getValue())));
        scene.system().admin().deleteRecords(deletions).all().get(1, TimeUnit.MINUTES);
      }

      @Override
      void lasts(Scene scene) throws Exception {
        Map<TopicPartition, org.apache.kafka.clients.admin.OffsetSpec> first =
            gone.keySet().stream()
                .collect(
                    Collectors.toMap(
                        Function.identity(),
                        p -> org.apache.kafka.clients.admin.OffsetSpec.earliest()));
        scene
            .system()
            .admin()
            .listOffsets(first)
            .all()
            .get(1, TimeUnit.MINUTES)
            .forEach((p, found) -> assertThat(found.offset()).isEqualTo(gone.get(p)));
        assertThat(gone.values()).as("records deleted").anyMatch(offset -> offset > 0);
      }

      @Override
      void heal(Scene scene) {}

      @Override
      boolean untilRun() {
        return true;
      }
    };
  }

  /** What every replica's run of every view of the source covers. */
  private static Position boundary(Scene scene, Shop source) throws Exception {
    Position held = null;
    for (Member replica : Member.REPLICAS) {
      for (String view : source.views) {
        Position boundary = scene.system().http(replica).boundary(view);
        held = held == null ? boundary : held.min(boundary);
      }
    }
    return held;
  }

  /** The source's topic gets a partition more, and events go there too. */
  static Fault addPartition() {
    return new Fault("add a partition") {
      @Override
      void strike(Scene scene) throws Exception {
        int wider = scene.system().ends().get(Shop.SALES).offsets().size() + 1;
        scene
            .system()
            .admin()
            .createPartitions(Map.of(Shop.SALES.topic, NewPartitions.increaseTo(wider)))
            .all()
            .get(1, TimeUnit.MINUTES);
        scene.sampling().follow();
        scene.traffic().spread(Shop.SALES, wider);
      }

      @Override
      void heal(Scene scene) {}

      @Override
      Set<ErrorCode> refusals() {
        return Set.of(ErrorCode.VIEW_NOT_READY);
      }

      @Override
      boolean untilRun() {
        return true;
      }
    };
  }

  /**
   * The source's topic is deleted and made again: it is another topic, until somebody takes it as a
   * new beginning. Its views are not asked for any more; the other source's go on.
   */
  static Fault recreateSource() {
    return new Fault("delete and make again the topic of the returns") {
      @Override
      void strike(Scene scene) throws Exception {
        Admin admin = scene.system().admin();
        scene.traffic().spread(Shop.RETURNS, 0);
        scene.sampling().leave(Shop.RETURNS);
        scene.pass(1, 2);
        String before = id(admin, Shop.RETURNS.topic);
        admin.deleteTopics(List.of(Shop.RETURNS.topic)).all().get(1, TimeUnit.MINUTES);
        Eventually.await("the topic to be made again", PATIENCE, () -> made(admin));
        Eventually.await(
            "another topic of the name",
            PATIENCE,
            () -> !id(admin, Shop.RETURNS.topic).equals(before));
        scene.traffic().spread(Shop.RETURNS, Shop.RETURNS.partitions);
      }

      @Override
      void lasts(Scene scene) {
        for (Member replica : Member.REPLICAS) {
          Http http = scene.system().http(replica);
          Eventually.await(
              replica + " to say so",
              PATIENCE,
              () -> http.json("/v1/views").toString().contains("TOPIC_CHANGED"));
        }
      }

      @Override
      void heal(Scene scene) {
        scene.system().applyAnew(Shop.RETURNS);
      }

      @Override
      boolean untilRun() {
        return true;
      }
    };
  }

  private static boolean made(Admin admin) throws Exception {
    try {
      NewTopic topic = new NewTopic(Shop.RETURNS.topic, Shop.RETURNS.partitions, (short) 1);
      admin.createTopics(List.of(topic)).all().get(1, TimeUnit.MINUTES);
      return true;
    } catch (ExecutionException e) {
      // The deletion may take a moment.
      return false;
    }
  }

  private static String id(Admin admin, String topic) throws Exception {
    return admin
        .describeTopics(List.of(topic))
        .allTopicNames()
        .get(1, TimeUnit.MINUTES)
        .get(topic)
        .topicId()
        .toString();
  }
}
