/**
 * What the layer says of itself: status and metrics. Reads {@code streams}, {@code task} and {@code
 * view}; nothing but the process uses it.
 */
package io.millrace.speed.report;
