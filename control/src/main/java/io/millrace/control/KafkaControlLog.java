package io.millrace.control;

/** {@link ControlLog} over Kafka. */
final class KafkaControlLog {
  private KafkaControlLog() {}

  static ControlLog open(MillraceConfig config) {
    throw new UnsupportedOperationException("being built");
  }
}
