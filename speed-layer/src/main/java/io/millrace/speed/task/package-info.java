/**
 * One source partition: decodes each record for the views that share a source version, when to
 * commit, which views there are. Knows nothing of Kafka Streams' threads. May use {@code view} and
 * {@code store}.
 */
package io.millrace.speed.task;
