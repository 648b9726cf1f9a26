package io.millrace.control.process;

import io.millrace.control.error.MillraceException;
import io.millrace.control.log.LayerStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A started layer, as {@link LayerMain} runs it. Thread-safe.
 *
 * <p>{@link #state}, {@link #problems} and {@link #dead} change nothing, and answer at once: they
 * wait for no other process, and any number of callers may ask.
 */
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
   * One word, as {@link LayerStatus#state}; the process is ready when it is first {@code running}
   * or {@code degraded}.
   */
  default String state() {
    return problems().isEmpty() ? "running" : "degraded";
  }

  /** What needs somebody's attention, in words: not what merely takes its time. */
  default List<String> problems() {
    return List.of();
  }

  /**
   * Why nothing but a restart helps this process, in words: a thread that should always be there
   * has ended, or has not come round for minutes. Empty while it lives: also while Kafka, the lake
   * or anything else outside is away, which a restart would not bring back.
   */
  default Optional<String> dead() {
    return Optional.empty();
  }

  /** What to report, as {@link LayerStatus#details}; called every 2 s. */
  Map<String, String> details();

  /** Stops the layer, losing nothing, in less than 7 s. */
  @Override
  void close() throws Exception;
}
