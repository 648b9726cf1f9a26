package io.millrace.control.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
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
 * @param topicId Kafka's id of the topic, as Kafka writes it: another topic of the same name is
 *     another topic; empty in definitions that were applied before ids were kept
 * @param lakeTable the name of the source's table in the lake: the source's own for its first
 *     topic; one with the topic's id for a topic that was taken as a new beginning
 */
public record SourceDefinition(
    String name,
    String version,
    String topic,
    ValueFormat format,
    String readerSchema,
    List<String> writerSchemas,
    Optional<String> registryUrl,
    Map<String, String> options,
    Optional<String> topicId,
    String lakeTable) {
  private static final int ID_DIGITS = 8;

  public SourceDefinition {
    writerSchemas = List.copyOf(writerSchemas);
    options = Map.copyOf(options);
  }

  /** A source's first topic, whose id is not known. */
  public SourceDefinition(
      String name,
      String version,
      String topic,
      ValueFormat format,
      String readerSchema,
      List<String> writerSchemas,
      Optional<String> registryUrl,
      Map<String, String> options) {
    this(
        name,
        version,
        topic,
        format,
        readerSchema,
        writerSchemas,
        registryUrl,
        options,
        Optional.empty(),
        name);
  }

  /** This source with its topic's id, and all else as it is. */
  public SourceDefinition withTopicId(String id) {
    return with(id, lakeTable);
  }

  /**
   * What this source becomes when the topic of that id is taken as a new beginning: with a table of
   * its own in the lake. Its {@link #version} is that of the old beginning still.
   */
  public SourceDefinition beginningAnew(String id) {
    byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
    return with(id, name + "_" + HexFormat.of().formatHex(digest(bytes)).substring(0, ID_DIGITS));
  }

  private SourceDefinition with(String id, String table) {
    return new SourceDefinition(
        name,
        version,
        topic,
        format,
        readerSchema,
        writerSchemas,
        registryUrl,
        options,
        Optional.of(id),
        table);
  }

  private static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
