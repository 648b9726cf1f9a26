/**
 * What Kafka holds, read: offsets, records, and what the speed layer says of its views. Uses {@code
 * control} and Kafka.
 */
package io.millrace.batch.topic;
