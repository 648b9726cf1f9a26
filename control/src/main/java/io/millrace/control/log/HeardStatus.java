package io.millrace.control.log;

import java.time.Duration;

/**
 * What a process said last.
 *
 * @param status as it was said
 * @param silence how long ago that was heard here, by this process's own clock: the other's may be
 *     off. Time in which nobody at all was heard hardly counts: the topic was away, not the process
 */
public record HeardStatus(LayerStatus status, Duration silence) {}
