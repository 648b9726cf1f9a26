package io.millrace.speed.report;

import io.millrace.speed.streams.SourceStream;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the layer follows, for whoever reports it; each asked anew at every report, from any thread.
 *
 * @param errors what keeps a source or view from being followed, by {@code source.<name>} or {@code
 *     view.<name>}
 * @param streams by source name
 */
public record Followed(
    Supplier<Map<String, String>> errors, Supplier<Map<String, SourceStream>> streams) {}
