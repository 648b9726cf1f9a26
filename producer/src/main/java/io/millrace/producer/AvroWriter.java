package io.millrace.producer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.schemas.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/**
 * Writes records of a source's reader schema in the source's value format. Not thread-safe: one per
 * thread.
 */
public final class AvroWriter {
  private static final Duration REGISTRY_TIMEOUT = Duration.ofSeconds(10);

  private final byte[] header;
  private final GenericDatumWriter<GenericRecord> writer;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
  private BinaryEncoder encoder;

  private AvroWriter(Schema schema, byte[] header) {
    this.header = header;
    this.writer = new GenericDatumWriter<>(schema);
  }

  /**
   * @throws MillraceException {@code REGISTRY_UNREACHABLE} if the schema cannot be registered
   */
  public static AvroWriter of(SourceDefinition source) {
    Schema schema = schema(source);
    return new AvroWriter(
        schema,
        source.format() == ValueFormat.SINGLE_OBJECT
            ? WireFormat.singleObjectHeader(schema)
            : registered(source, schema));
  }

  /** The reader schema of a source. */
  public static Schema schema(SourceDefinition source) {
    return new Schema.Parser().parse(source.readerSchema());
  }

  /** The bytes of a record's value. */
  public byte[] write(GenericRecord record) {
    bytes.reset();
    bytes.writeBytes(header);
    encoder = EncoderFactory.get().directBinaryEncoder(bytes, encoder);
    try {
      writer.write(record, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode a record", e);
    }
    return bytes.toByteArray();
  }

  private static byte[] registered(SourceDefinition source, Schema schema) {
    String base = source.registryUrl().orElseThrow().replaceAll("/+$", "");
    URI uri = URI.create(base + "/subjects/" + source.topic() + "-value/versions");
    ObjectMapper json = new ObjectMapper();
    try {
      HttpResponse<String> answer =
          HttpClient.newBuilder()
              .connectTimeout(REGISTRY_TIMEOUT)
              .build()
              .send(
                  HttpRequest.newBuilder(uri)
                      .timeout(REGISTRY_TIMEOUT)
                      .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                      .POST(
                          HttpRequest.BodyPublishers.ofString(
                              json.writeValueAsString(Map.of("schema", schema.toString()))))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      JsonNode id = answer.statusCode() == 200 ? json.readTree(answer.body()).get("id") : null;
      if (id == null) {
        throw new MillraceException(
            ErrorCode.REGISTRY_UNREACHABLE,
            "cannot register the schema at "
                + uri
                + ": found status "
                + answer.statusCode()
                + " ("
                + answer.body().strip()
                + "), expected 200 with an id; correct the source's registry option or the schema");
      }
      return WireFormat.registryHeader(id.intValue());
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.REGISTRY_UNREACHABLE,
          "cannot register the schema at "
              + uri
              + ": found no answer ("
              + e
              + "), expected a registry; start it or correct the source's registry option",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.INTERNAL, "interrupted while registering a schema", e);
    }
  }
}
