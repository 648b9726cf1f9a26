package io.millrace.serving.view;

import java.util.Locale;

/** Which states an answer is made of. */
public enum QueryLayer {
  /** Batch state and the live state after its boundary. */
  MERGED,
  /** The newest answered run alone. */
  BATCH,
  /** Live state alone, from the run's boundary on. */
  SPEED;

  /** As the HTTP API writes it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
