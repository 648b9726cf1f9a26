package io.millrace.control;

import java.util.Map;

/** A started layer, as {@link LayerMain} runs it. Thread-safe. */
public interface Layer extends AutoCloseable {
  /** What a layer is made from. */
  @FunctionalInterface
  interface Starter {
    /**
     * Starts the layer and returns; it need not be ready yet.
     *
     * @throws Exception ends the process; a {@link MillraceException} by its message alone
     */
    Layer start(LayerContext context) throws Exception;
  }

  /**
   * One word, as {@link LayerStatus#state}; the process is ready when it is first {@code running}.
   */
  default String state() {
    return "running";
  }

  /** What to report, as {@link LayerStatus#details}; called every 2 s. */
  Map<String, String> details();

  /** Stops the layer, losing nothing, in less than 7 s. */
  @Override
  void close() throws Exception;
}
