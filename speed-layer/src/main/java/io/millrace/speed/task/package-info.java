/**
 * One source partition: decodes each record for the views that share a source version, when to
 * commit, which views there are, what the broker must still have before a commit. Knows nothing of
 * Kafka Streams' threads. May use {@code view} and {@code store}.
 *
 * <p>Many classes: one task does all of it for its partition, in one transaction; half of them are
 * what {@code streams} and the layer tell it.
 */
package io.millrace.speed.task;
