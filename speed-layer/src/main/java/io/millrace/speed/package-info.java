/** The speed layer: the live state of every view, kept by Kafka Streams. */
package io.millrace.speed;
