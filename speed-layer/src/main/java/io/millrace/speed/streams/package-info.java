/**
 * Kafka Streams around the tasks: topology, processor, store, topics, settings, what the broker
 * says of sources. The only package that touches Kafka Streams' internals. May use {@code task},
 * {@code view} and {@code store}.
 */
package io.millrace.speed.streams;
