package io.millrace.system.chaos;

import java.util.List;

/** A process of a layer. */
enum Member {
  SPEED("io.millrace.speed.SpeedMain", "512m"),
  BATCH("io.millrace.batch.BatchMain", "1g"),
  /** Not there unless a fault starts it. */
  SECOND_BATCH("io.millrace.batch.BatchMain", "1g"),
  SERVING_A("io.millrace.serving.ServingMain", "384m"),
  SERVING_B("io.millrace.serving.ServingMain", "384m");

  /** Those that answer questions. */
  static final List<Member> REPLICAS = List.of(SERVING_A, SERVING_B);

  /** Those that are there unless a fault takes them away. */
  static final List<Member> USUAL = List.of(SPEED, BATCH, SERVING_A, SERVING_B);

  final String mainClass;
  final String heap;

  Member(String mainClass, String heap) {
    this.mainClass = mainClass;
    this.heap = heap;
  }

  String label() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
