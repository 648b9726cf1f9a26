package io.millrace.control.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Kafka topic with an Avro schema, as declared by {@code CREATE TABLE … USING kafka OPTIONS (…)}.
 *
 * @param name the table name used in views; unique in an installation
 * @param version hash of everything below that changes how bytes become rows: 16 hex digits
 * @param topic the Kafka topic
 * @param format how values name their writer schema
 * @param readerSchema the Avro record schema that rows have, as JSON
 * @param writerSchemas every schema a {@link ValueFormat#SINGLE_OBJECT} value may have been written
 *     with, as JSON, the reader schema among them; schemas once applied are never forgotten
 * @param registryUrl base URL of a Confluent-compatible schema registry; present exactly with
 *     {@link ValueFormat#REGISTRY}
 * @param options the remaining OPTIONS, as written
 */
public record SourceDefinition(
    String name,
    String version,
    String topic,
    ValueFormat format,
    String readerSchema,
    List<String> writerSchemas,
    Optional<String> registryUrl,
    Map<String, String> options) {
  public SourceDefinition {
    writerSchemas = List.copyOf(writerSchemas);
    options = Map.copyOf(options);
  }
}
