package io.millrace.view.internal.avro;

import static io.millrace.view.internal.avro.Values.record;
import static io.millrace.view.internal.avro.Values.schema;
import static io.millrace.view.internal.avro.Values.singleObject;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.view.RejectedRecordException;
import io.millrace.view.internal.avro.read.AvroInput;
import io.millrace.view.internal.avro.read.ReaderCompiler;
import io.millrace.view.internal.avro.read.Utf8Check;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.spark.sql.catalyst.InternalRow;
import org.junit.jupiter.api.Test;

/** One writer schema each that differs from the reader schema. */
final class EvolutionTest {
  private static Schema one(String type) {
    return schema("{'type':'record','name':'R','fields':[{'name':'v','type':" + type + "}]}");
  }

  private static InternalRow read(Schema writer, Schema reader, Object value) throws Exception {
    GenericRecord record = new GenericData.Record(writer);
    record.put(0, value);
    return new AvroRowDecoder(Values.source(reader, writer)).decode(singleObject(record), 0, 0, 0);
  }

  private static void assertRejected(Schema writer, Schema reader, Object value, String reason) {
    assertThatThrownBy(() -> read(writer, reader, value))
        .isInstanceOf(RejectedRecordException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void shouldFollowAliasesAndDefaults() throws Exception {
    Schema writer =
        schema(
            "{'type':'record','name':'R','fields':[{'name':'old','type':'int'},"
                + "{'name':'dropped','type':{'type':'map','values':'string'}}]}");
    Schema reader =
        schema(
            """
            {'type':'record','name':'R','fields':[
              {'name':'text','type':'string','default':'web'},
              {'name':'renamed','aliases':['old'],'type':'long'},
              {'name':'price','type':{'type':'bytes','logicalType':'decimal','precision':5,'scale':1},
               'default':'{'},
              {'name':'tags','type':{'type':'array','items':'int'},'default':[1,2]},
              {'name':'at','type':{'type':'long','logicalType':'timestamp-millis'},'default':5}]}
            """);

    InternalRow row =
        new AvroRowDecoder(Values.source(reader, writer))
            .decode(singleObject(record(writer, "old", 7, "dropped", Map.of("a", "b"))), 1, 2, 3);

    assertThat(row.getUTF8String(0)).hasToString("web");
    assertThat(row.getLong(1)).isEqualTo(7);
    assertThat(row.getDecimal(2, 5, 1)).hasToString("12.3");
    assertThat(row.getArray(3).toIntArray()).containsExactly(1, 2);
    assertThat(row.getLong(4)).isEqualTo(5_000);
    assertThat(row.getInt(5)).isEqualTo(1);
  }

  @Test
  void shouldConvertTimesToTheirTypeWhateverUnitTheyAreWrittenIn() throws Exception {
    Schema millis = one("{'type':'long','logicalType':'timestamp-millis'}");
    Schema micros = one("{'type':'long','logicalType':'timestamp-micros'}");
    Schema plain = one("'long'");
    Schema plainInt = one("'int'");
    // These three have one fingerprint: a decoder is given one of them.
    assertThat(convert(millis, micros, 7L)).isEqualTo(7_000);
    assertThat(convert(micros, millis, 7L)).isEqualTo(7);
    assertThat(convert(plain, millis, 7L)).isEqualTo(7_000);
    assertThat(convert(plainInt, millis, 7)).isEqualTo(7_000);
    assertThat(convert(millis, plain, 7L)).isEqualTo(7);
    Schema timeMillis = one("{'type':'int','logicalType':'time-millis'}");
    Schema timeMicros = one("{'type':'long','logicalType':'time-micros'}");
    assertThat(convert(timeMillis, timeMicros, 7)).isEqualTo(7_000);
    assertThatThrownBy(() -> convert(millis, micros, Long.MAX_VALUE))
        .isInstanceOf(RejectedRecordException.class)
        .hasMessageContaining("found time 9223372036854775807, expected one within 64 bits");
    assertThatThrownBy(() -> convert(one("{'type':'int','logicalType':'date'}"), millis, 7))
        .isInstanceOf(RejectedRecordException.class)
        .hasMessage("field v: found int date, expected long timestamp-millis");
  }

  private static long convert(Schema writer, Schema reader, Object value) throws Exception {
    AvroInput in = new AvroInput();
    GenericRecord record = new GenericData.Record(writer);
    record.put(0, value);
    in.reset(Values.write(new byte[0], record), 0);
    return ((InternalRow) ReaderCompiler.record(writer, reader).read(in)).getLong(0);
  }

  @Test
  void shouldWidenDecimals() throws Exception {
    Schema narrow = one("{'type':'bytes','logicalType':'decimal','precision':4,'scale':2}");
    Schema wide = one("{'type':'bytes','logicalType':'decimal','precision':30,'scale':6}");
    AvroInput in = new AvroInput();
    GenericRecord record = record(narrow, "v", ByteBuffer.wrap(new byte[] {1, 0}));
    in.reset(Values.write(new byte[0], record), 0);
    InternalRow row = (InternalRow) ReaderCompiler.record(narrow, wide).read(in);
    assertThat(row.getDecimal(0, 30, 6)).hasToString("2.560000");
    assertThat(Compatibility.problems(wide, narrow))
        .singleElement()
        .asString()
        .isEqualTo(
            "field v: found bytes decimal(4,2), expected what can hold the bytes decimal(30,6) it"
                + " is written as");
  }

  @Test
  void shouldRejectDecimalsOfTooManyDigits() throws Exception {
    Schema decimal = one("{'type':'bytes','logicalType':'decimal','precision':4,'scale':2}");
    assertThat(read(decimal, decimal, ByteBuffer.wrap(new byte[] {0x27, 0x0F})).getDecimal(0, 4, 2))
        .hasToString("99.99");
    String reason = "field v: found a decimal of more digits, expected DECIMAL(4,2)";
    assertRejected(decimal, decimal, ByteBuffer.wrap(new byte[] {0x27, 0x10}), reason);
    byte[] huge = new byte[40_000];
    huge[0] = 1;
    assertRejected(decimal, decimal, ByteBuffer.wrap(huge), reason);
  }

  @Test
  void shouldMapEnumsBySymbol() throws Exception {
    Schema reader = one("{'type':'enum','name':'E','symbols':['A','B']}");
    Schema writer = one("{'type':'enum','name':'E','symbols':['C','B','A']}");
    Schema lenient = one("{'type':'enum','name':'E','symbols':['A','B'],'default':'A'}");
    Schema symbols = writer.getField("v").schema();
    Object c = new GenericData.EnumSymbol(symbols, "C");
    Object b = new GenericData.EnumSymbol(symbols, "B");
    assertThat(read(writer, reader, b).getUTF8String(0)).hasToString("B");
    assertRejected(writer, reader, c, "field v: found symbol C, expected one that the reader");
    assertThat(read(writer, lenient, c).getUTF8String(0)).hasToString("A");
    assertThat(Compatibility.problems(writer, reader))
        .containsExactly(
            "field v: found no symbol C, which it is written with; add it back, or give the enum a"
                + " default symbol");
    assertThat(Compatibility.problems(writer, lenient)).isEmpty();
  }

  @Test
  void shouldReadUnionsIntoOtherTypes() throws Exception {
    Schema union = one("['null','int','string']");
    Schema nullable = one("['null','long']");
    Schema struct = one("['string','null','int','boolean']");
    assertThat(read(union, nullable, 3).getLong(0)).isEqualTo(3);
    assertThat(read(union, nullable, null).isNullAt(0)).isTrue();
    assertRejected(union, nullable, "x", "field v: ");
    InternalRow members = read(union, struct, 3).getStruct(0, 3);
    assertThat(members.isNullAt(0)).isTrue();
    assertThat(members.getInt(1)).isEqualTo(3);
    assertThat(members.isNullAt(2)).isTrue();
    assertThat(read(one("'int'"), nullable, 3).getLong(0)).isEqualTo(3);
    assertRejected(nullable, one("'long'"), null, "field v: Found null, expecting long");
  }

  @Test
  void shouldKeepTheLastOfEqualMapKeys() throws Exception {
    Schema map = one("{'type':'map','values':'int'}");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(io.millrace.schemas.WireFormat.singleObjectHeader(map));
    // Two blocks, of 12 entries with 3 keys and of one entry.
    bytes.write(24);
    for (int i = 0; i < 12; i++) {
      bytes.write(new byte[] {2, (byte) ('a' + i % 3), (byte) (2 * i)});
    }
    bytes.write(new byte[] {2, 2, 'b', 40, 0});
    InternalRow row = new AvroRowDecoder(Values.source(map)).decode(bytes.toByteArray(), 0, 0, 0);
    assertThat(row.getMap(0).keyArray().numElements()).isEqualTo(3);
    assertThat(row.getMap(0).valueArray().toIntArray()).containsExactly(9, 20, 11);
  }

  @Test
  void shouldRejectWhatClaimsToBeHuge() {
    Schema strings = one("{'type':'array','items':'string'}");
    Schema empty =
        one(
            "{'type':'array','items':{'type':'record','name':'E','fields':["
                + "{'name':'x','type':['null','int'],'default':null}]}}");
    Schema written = one("{'type':'array','items':{'type':'record','name':'E','fields':[]}}");
    byte[] million = {(byte) 0x80, (byte) 0x89, 0x7A};
    assertRejectedBytes(
        strings,
        strings,
        million,
        "found 0 bytes left, expected an array of 1000000 more elements");
    assertRejectedBytes(
        written,
        empty,
        million,
        "found an array of 1000000 elements without bytes, expected at most 10000 of them");
    assertRejectedBytes(
        one("'string'"), one("'string'"), million, "expected a string of 1000000 bytes");
    assertRejectedBytes(one("'bytes'"), one("'bytes'"), new byte[] {1}, "bytes of -1 bytes");
    byte[] minLong = {-1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 0};
    assertRejectedBytes(strings, strings, minLong, "expected an array of -9223372036854775808");
    assertRejectedBytes(
        one("'string'"),
        one("'string'"),
        new byte[] {4, (byte) 0xC0, (byte) 0x80},
        "field v: found text that is not UTF-8 at its byte 0, expected UTF-8");
    assertRejectedBytes(
        one("'boolean'"), one("'boolean'"), new byte[] {2}, "found byte 2, expected a boolean");
    assertRejectedBytes(
        one("'long'"),
        one("'long'"),
        new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1},
        "found more than 10 bytes, expected a long");
  }

  @Test
  void shouldRejectWhatIsSkippedTooDeep() {
    Schema writer =
        schema(
            "{'type':'record','name':'R','fields':[{'name':'list','type':{'type':'record',"
                + "'name':'List','fields':[{'name':'next','type':['null','List']}]}},"
                + "{'name':'v','type':'int'}]}");
    byte[] deep = new byte[100_000];
    java.util.Arrays.fill(deep, (byte) 2);
    assertRejectedBytes(
        writer, one("'int'"), deep, "field list: found values nested deeper than 200");
  }

  private static void assertRejectedBytes(
      Schema writer, Schema reader, byte[] datum, String reason) {
    byte[] header = io.millrace.schemas.WireFormat.singleObjectHeader(writer);
    byte[] value = java.util.Arrays.copyOf(header, header.length + datum.length);
    System.arraycopy(datum, 0, value, header.length, datum.length);
    assertThatThrownBy(
            () -> new AvroRowDecoder(Values.source(reader, writer)).decode(value, 0, 0, 0))
        .isInstanceOf(RejectedRecordException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void shouldCheckTextAsTheJdkDoes() {
    java.util.Random random = new java.util.Random(42);
    for (int i = 0; i < 300_000; i++) {
      byte[] bytes = new byte[random.nextInt(20)];
      for (int k = 0; k < bytes.length; k++) {
        int kind = random.nextInt(4);
        bytes[k] =
            (byte)
                (kind == 0
                    ? random.nextInt(128)
                    : kind == 1 ? 0xE0 + random.nextInt(24) : 0x80 + random.nextInt(64));
      }
      boolean valid = true;
      try {
        java.nio.charset.StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      } catch (java.nio.charset.CharacterCodingException e) {
        valid = false;
      }
      if (Utf8Check.firstInvalid(bytes, 0, bytes.length) < 0 != valid) {
        assertThat(java.util.HexFormat.of().formatHex(bytes)).as("valid: " + valid).isEmpty();
      }
    }
  }

  @Test
  void shouldListColumnsWithTheirDefaults() {
    Schema reader =
        schema(
            "{'type':'record','name':'R','fields':[{'name':'a','type':'int'},"
                + "{'name':'b','type':'string','default':'web'},"
                + "{'name':'c','type':['null','int'],'default':null},"
                + "{'name':'d','type':{'type':'int','logicalType':'date'},'default':1}]}");
    assertThat(SourceSchemas.columns(Values.source(reader)))
        .extracting(c -> List.of(c.name(), c.type(), String.valueOf(c.initialDefault())))
        .containsExactly(
            List.of("a", "INT", "null"),
            List.of("b", "STRING", "web"),
            List.of("c", "INT", "null"),
            List.of("d", "DATE", "1970-01-02"),
            List.of("kafka_partition", "INT", "null"),
            List.of("kafka_offset", "BIGINT", "null"),
            List.of("kafka_timestamp", "TIMESTAMP", "null"));
  }
}
