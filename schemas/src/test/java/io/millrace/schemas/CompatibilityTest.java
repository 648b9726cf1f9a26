package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.RandomData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CompatibilityTest {
  static Stream<Class<? extends SpecificRecord>> contracts() {
    return Stream.of(
        Source.class,
        View.class,
        Lookup.class,
        Run.class,
        Refusal.class,
        Correction.class,
        RunAudit.class,
        Progress.class,
        LayerStatus.class,
        RunRequest.class);
  }

  @ParameterizedTest
  @MethodSource("contracts")
  void shouldReleaseEveryEdit(Class<? extends SpecificRecord> type) {
    Schema today = schema(type);
    List<Schema> released = Released.schemas(today.getName());
    assertThat(released).isNotEmpty();
    assertThat(released.get(released.size() - 1).toString(true))
        .as(
            "%s.avsc was edited: store this as released/%s.%d.avsc, and leave older ones alone:\n%s",
            today.getName(), today.getName(), released.size() + 1, today.toString(true))
        .isEqualTo(today.toString(true));
  }

  @ParameterizedTest
  @MethodSource("contracts")
  void shouldReadEveryReleasedSchema(Class<? extends SpecificRecord> type) {
    Schema today = schema(type);
    for (Schema writer : Released.schemas(today.getName())) {
      SchemaCompatibility.SchemaPairCompatibility found =
          SchemaCompatibility.checkReaderWriterCompatibility(today, writer);
      assertThat(found.getType())
          .as(found.getDescription())
          .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }
  }

  @ParameterizedTest
  @MethodSource("contracts")
  void shouldDecodeValuesOfEveryReleasedSchema(Class<? extends SpecificRecord> type)
      throws Exception {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("CompatibilityTest " + type.getSimpleName() + " seed " + seed);
    for (Schema writer : Released.schemas(schema(type).getName())) {
      for (Object value : new RandomData(writer, 100, seed)) {
        byte[] bytes = bytes(writer, (GenericRecord) value);
        shouldRoundTrip(type, bytes);
      }
    }
  }

  @Test
  void shouldRefuseOtherBytes() {
    SingleObject<Progress> codec = SingleObject.of(Progress.class);
    assertThat(catchMessage(codec, new byte[] {1, 2, 3}))
        .startsWith("cannot read a Progress: found 3 bytes that are not one")
        .endsWith("expected an Avro single object of a released schema");
    byte[] other =
        SingleObject.of(RunRequest.class).encode(new RunRequest("v", java.time.Instant.EPOCH));
    assertThat(catchMessage(codec, other)).startsWith("cannot read a Progress");
    byte[] good = codec.encode(new Progress(1L, List.of(1L), 2L, 0L, 0L, 3L, 4L, "me", null, null));
    assertThat(catchMessage(codec, java.util.Arrays.copyOf(good, good.length - 2)))
        .startsWith("cannot read a Progress");
  }

  private static <T extends SpecificRecord> void shouldRoundTrip(Class<T> type, byte[] bytes) {
    SingleObject<T> codec = SingleObject.of(type);
    T value = codec.decode(bytes);
    assertThat(codec.decode(codec.encode(value))).isEqualTo(value);
  }

  private static String catchMessage(SingleObject<?> codec, byte[] bytes) {
    return org.assertj.core.api.Assertions.catchThrowableOfType(
            IllegalArgumentException.class, () -> codec.decode(bytes))
        .getMessage();
  }

  private static byte[] bytes(Schema writer, GenericRecord value) throws Exception {
    java.nio.ByteBuffer buffer =
        new BinaryMessageEncoder<GenericRecord>(GenericData.get(), writer).encode(value);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static Schema schema(Class<? extends SpecificRecord> type) {
    return org.apache.avro.specific.SpecificData.get().getSchema(type);
  }
}
