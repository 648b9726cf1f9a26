package io.millrace.serving.view;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Which states an answer is made of. */
public enum QueryLayer {
  /** Batch state and the live state after its boundary. */
  MERGED,
  /** The newest answered run alone. */
  BATCH,
  /** Live state alone, from the run's boundary on. */
  SPEED;

  /** The layer that is written so; empty if none is. */
  public static Optional<QueryLayer> of(String label) {
    return Stream.of(values()).filter(layer -> layer.label().equals(label)).findFirst();
  }

  /** As the HTTP API writes it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
