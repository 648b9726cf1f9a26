/**
 * From Kafka to the lake: records with their position, once each. Uses {@code topic} and {@code
 * table}.
 */
package io.millrace.batch.archive;
