package io.millrace.control.log;

import java.time.Duration;

/**
 * What a process said last.
 *
 * @param status as it was said
 * @param silence how long ago that was heard here, by this process's own clock: the other's may be
 *     off
 */
public record HeardStatus(LayerStatus status, Duration silence) {}
