package io.millrace.view.internal.avro;

import static io.millrace.view.internal.avro.Values.record;
import static io.millrace.view.internal.avro.Values.schema;
import static io.millrace.view.internal.avro.Values.singleObject;
import static io.millrace.view.internal.avro.Values.source;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.view.RejectedRecordException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.spark.sql.catalyst.InternalRow;
import org.junit.jupiter.api.Test;

final class AvroRowDecoderTest {
  private static final Schema ORDER =
      schema(
          """
          {'type':'record','name':'Order','fields':[
            {'name':'id','type':'long'},
            {'name':'category','type':['null','string'],'default':null},
            {'name':'amount','type':{'type':'bytes','logicalType':'decimal','precision':12,'scale':2}},
            {'name':'ordered_at','type':{'type':'long','logicalType':'timestamp-millis'}},
            {'name':'tags','type':{'type':'array','items':'string'}}]}
          """);

  private final AvroRowDecoder decoder = new AvroRowDecoder(source(ORDER));

  private static byte[] order() {
    return singleObject(
        record(
            ORDER,
            "id",
            17L,
            "category",
            "bücher",
            "amount",
            ByteBuffer.wrap(new byte[] {(byte) 0xCF, (byte) 0xC7}),
            "ordered_at",
            1_700_000_000_123L,
            "tags",
            List.of("a", "b")));
  }

  @Test
  void shouldDecodeTheFieldsAndAddThoseOfKafka() throws Exception {
    InternalRow row = decoder.decode(order(), 3, 42, 1_700_000_000_500L);

    assertThat(row.numFields()).isEqualTo(8);
    assertThat(row.getLong(0)).isEqualTo(17);
    assertThat(row.getUTF8String(1)).hasToString("bücher");
    assertThat(row.getDecimal(2, 12, 2)).hasToString("-123.45");
    assertThat(row.getLong(3)).isEqualTo(1_700_000_000_123_000L);
    assertThat(row.getArray(4).numElements()).isEqualTo(2);
    assertThat(row.getArray(4).getUTF8String(1)).hasToString("b");
    assertThat(row.getInt(5)).isEqualTo(3);
    assertThat(row.getLong(6)).isEqualTo(42);
    assertThat(row.getLong(7)).isEqualTo(1_700_000_000_500_000L);
  }

  @Test
  void shouldRejectWhatIsNotOneWholeRecord() {
    byte[] good = order();
    byte[] unknown = good.clone();
    unknown[2]++;
    assertRejected(null, "found no value, expected a record");
    assertRejected(
        new byte[0],
        "found an empty value, expected one that starts with C3 01 and a fingerprint of 8 bytes");
    assertRejected(
        "{\"id\":1}".getBytes(),
        "found a value that starts with 7B 22 69 64 22 3A 31 7D, expected C3 01 and a fingerprint"
            + " of 8 bytes");
    assertRejected(unknown, "expected one of the 1 schemas of the source");
    assertRejected(
        Arrays.copyOf(good, good.length + 3), "found 3 bytes left after the record, expected none");
    assertRejected(
        Arrays.copyOf(good, good.length - 4),
        "field tags: found 1 byte left, expected an array of 2 more elements");
  }

  private void assertRejected(byte[] value, String reason) {
    assertThatThrownBy(() -> decoder.decode(value, 0, 0, 0))
        .isInstanceOf(RejectedRecordException.class)
        .hasMessageContaining(reason);
  }
}
