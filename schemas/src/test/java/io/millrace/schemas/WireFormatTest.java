package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.junit.jupiter.api.Test;

final class WireFormatTest {
  private static final Schema SCHEMA =
      new Schema.Parser()
          .parse(
              "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}");

  @Test
  void shouldWriteTheHeaderThatAvroWrites() throws IOException {
    GenericRecord record = new GenericRecordBuilder(SCHEMA).set("a", 1).build();
    ByteBuffer encoded =
        new BinaryMessageEncoder<GenericRecord>(GenericData.get(), SCHEMA).encode(record);
    byte[] value = new byte[encoded.remaining()];
    encoded.get(value);

    assertThat(WireFormat.isSingleObject(value)).isTrue();
    assertThat(WireFormat.singleObjectFingerprint(value)).isEqualTo(WireFormat.fingerprint(SCHEMA));
    assertThat(Arrays.copyOf(value, WireFormat.SINGLE_OBJECT_HEADER))
        .isEqualTo(WireFormat.singleObjectHeader(SCHEMA));
  }

  @Test
  void shouldReadBackARegistryId() {
    byte[] header = WireFormat.registryHeader(0x01020304);

    assertThat(header).containsExactly(0, 1, 2, 3, 4);
    assertThat(WireFormat.isRegistry(header)).isTrue();
    assertThat(WireFormat.registryId(header)).isEqualTo(0x01020304);
  }

  @Test
  void shouldNotTakeHalfAHeader() {
    assertThat(WireFormat.isSingleObject(new byte[] {(byte) 0xC3, 1, 0})).isFalse();
    assertThat(WireFormat.isRegistry(new byte[] {0, 0, 0, 1})).isFalse();
    assertThat(WireFormat.isRegistry(new byte[] {1, 0, 0, 0, 1})).isFalse();
    assertThat(WireFormat.isSingleObject(new byte[0])).isFalse();
  }
}
