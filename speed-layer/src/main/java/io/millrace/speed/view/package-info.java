/**
 * One view version on one source partition: its segments, the groups on heap, the only way to write
 * a state, and the housekeeping of segments. May use {@code store}.
 */
package io.millrace.speed.view;
