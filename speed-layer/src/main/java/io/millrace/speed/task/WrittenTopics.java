package io.millrace.speed.task;

import java.util.Map;
import java.util.Optional;

/**
 * Which topics there are for a source's tasks to write to, by Kafka's ids: one that was deleted and
 * made again is another one, and has nothing of what was written before. Immutable.
 *
 * @param speed id of the speed topic, by view id
 * @param changelog id of the topic that the tasks' stores are logged to
 */
public record WrittenTopics(Map<String, String> speed, Optional<String> changelog) {
  /** Where no ids are known. */
  public static final WrittenTopics UNKNOWN = new WrittenTopics(Map.of(), Optional.empty());

  public WrittenTopics {
    speed = Map.copyOf(speed);
  }

  Optional<String> speed(String viewId) {
    return Optional.ofNullable(speed.get(viewId));
  }
}
