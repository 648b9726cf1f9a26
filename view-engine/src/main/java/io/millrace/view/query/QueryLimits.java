package io.millrace.view.query;

import java.time.Duration;

/**
 * What one question may take.
 *
 * @param time from {@link QueryPlan#open} on
 * @param bytes about how many bytes of heap its steps may hold: groups, sorted rows
 */
public record QueryLimits(Duration time, long bytes) {}
