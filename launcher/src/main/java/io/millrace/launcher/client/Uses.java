package io.millrace.launcher.client;

import java.util.List;

/** Which settings a command uses itself, beside a system that runs with its own. */
public enum Uses {
  /** It talks to the serving layer alone, or to no one. */
  NOTHING(List.of()),
  /** It is a client of Kafka. */
  KAFKA(List.of("kafka.connect.timeout", "kafka.properties.")),
  /** It makes topics, too. */
  TOPICS(
      List.of(
          "kafka.connect.timeout",
          "kafka.properties.",
          "kafka.topic.partitions",
          "kafka.replication.factor")),
  /** It starts a Spark of its own, too. */
  SPARK(
      List.of(
          "kafka.connect.timeout",
          "kafka.properties.",
          "batch.master",
          "batch.properties.",
          "memory.batch"));

  private final List<String> keys;

  Uses(List<String> keys) {
    this.keys = keys;
  }

  boolean has(String key) {
    return keys.stream()
        .anyMatch(used -> used.endsWith(".") ? key.startsWith(used) : key.equals(used));
  }

  static boolean any(String key) {
    for (Uses uses : values()) {
      if (uses.has(key)) {
        return true;
      }
    }
    return false;
  }
}
