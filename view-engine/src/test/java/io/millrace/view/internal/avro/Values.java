package io.millrace.view.internal.avro;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.schemas.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** Makes sources and Avro values for tests. */
public final class Values {
  private Values() {}

  public static Schema schema(String json) {
    return new Schema.Parser().parse(json.replace('\'', '"'));
  }

  /** A source of the single-object format that knows the reader schema and the other ones. */
  public static SourceDefinition source(Schema reader, Schema... others) {
    List<String> writers =
        java.util.stream.Stream.concat(java.util.stream.Stream.of(reader), Arrays.stream(others))
            .map(Schema::toString)
            .toList();
    return new SourceDefinition(
        "orders",
        "0000000000000000",
        "shop.orders",
        ValueFormat.SINGLE_OBJECT,
        reader.toString(),
        writers,
        Optional.empty(),
        Map.of());
  }

  /** A source of the registry format. */
  public static SourceDefinition registered(Schema reader, String url) {
    return new SourceDefinition(
        "orders",
        "0000000000000001",
        "shop.orders",
        ValueFormat.REGISTRY,
        reader.toString(),
        List.of(reader.toString()),
        Optional.of(url),
        Map.of());
  }

  public static GenericRecord record(Schema schema, Object... namesAndValues) {
    GenericRecordBuilder builder = new GenericRecordBuilder(schema);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      builder.set((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return builder.build();
  }

  public static byte[] singleObject(GenericRecord record) {
    return write(WireFormat.singleObjectHeader(record.getSchema()), record);
  }

  public static byte[] write(byte[] header, GenericRecord record) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      bytes.write(header);
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
      new GenericDatumWriter<GenericRecord>(record.getSchema(), new GenericData())
          .write(record, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
