package io.millrace.serving.live;

/** Reads speed topics into views. Thread-safe. */
public interface SpeedReader {
  /** Starts to read a topic into {@code view}, now or as soon as the topic exists. */
  void follow(String topic, SpeedView view);

  /** Stops reading; returns when the view is no longer written to. */
  void forget(String topic);

  /** What keeps it from reading, or empty text. */
  String problem();
}
