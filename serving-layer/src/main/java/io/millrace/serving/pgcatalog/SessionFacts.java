package io.millrace.serving.pgcatalog;

import java.util.Map;

/**
 * What the catalogue says of whoever asks.
 *
 * @param process the session's number
 * @param settings by name, in lower case
 */
public record SessionFacts(
    String user, String database, int process, Map<String, String> settings) {}
