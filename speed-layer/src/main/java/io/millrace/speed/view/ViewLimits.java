package io.millrace.speed.view;

import java.time.Duration;

/**
 * What bounds a view on one partition.
 *
 * @param keepAllCuts age below which no cut is thinned
 * @param maxStateBytes of an encoded state and its key: no record is larger
 */
public record ViewLimits(Duration keepAllCuts, long maxStateBytes) {}
