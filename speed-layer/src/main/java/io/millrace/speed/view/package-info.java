/**
 * One view version on one source partition: its segments, the groups on heap, the only way to write
 * a state, what goes on in slices (the housekeeping of segments, and publishing again to another
 * speed topic), and why a view stands still. May use {@code store}.
 *
 * <p>Many classes: all of them are what one flush of one view writes, and share its state; four are
 * the records and exceptions that say so to {@code task}.
 */
package io.millrace.speed.view;
