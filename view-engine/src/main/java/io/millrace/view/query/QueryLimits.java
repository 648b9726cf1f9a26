package io.millrace.view.query;

import java.time.Duration;

/**
 * What one question may take.
 *
 * @param time of work, from {@link QueryPlan#open} or {@link QueryRows#renewTime} on; what whoever
 *     reads the rows does between them is not counted
 * @param bytes about how many bytes of heap its steps may hold: groups, sorted rows
 */
public record QueryLimits(Duration time, long bytes) {}
