package io.millrace.control.process;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import java.util.function.Consumer;

/**
 * What {@link LayerMain} gives a layer.
 *
 * @param config the configuration
 * @param log the open control log, closed after the layer
 * @param instance names this process: {@code host:pid}
 * @param failure ends the process with an error, when the layer cannot go on; callable from any
 *     thread, only the first call counts
 * @param metrics the process's, for the layer to add its own; closed after the layer
 */
public record LayerContext(
    MillraceConfig config,
    ControlLog log,
    String instance,
    Consumer<Throwable> failure,
    Metrics metrics) {}
