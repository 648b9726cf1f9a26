/**
 * Kafka as every layer reaches it: clients, topics that are served, and in words why Kafka refused.
 * Uses {@code config}, {@code model} and {@code error}.
 */
package io.millrace.control.kafka;
