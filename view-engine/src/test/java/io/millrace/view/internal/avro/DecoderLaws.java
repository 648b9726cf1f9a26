package io.millrace.view.internal.avro;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.WireFormat;
import io.millrace.view.RejectedRecordException;
import io.millrace.view.internal.avro.read.AvroTypes;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection$;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What holds for all bytes: those of a record give the values that Avro's own reader gives, and any
 * others a rejection; nothing else ever comes out, and nothing large is allocated for it.
 */
final class DecoderLaws {
  private static final Schema READER = RandomRecords.ALL_TYPES;

  /** Every field written otherwise than it is read, and some that are not read. */
  private static final Schema EVOLVED =
      Values.schema(
          READER
              .toString()
              .replace('"', '\'')
              .replace("{'name':'a_long','type':'long'}", "{'name':'a_long','type':'int'}")
              .replace("{'name':'a_double','type':'double'}", "{'name':'a_double','type':'float'}")
              .replace(
                  "{'name':'a_boolean','type':'boolean'}",
                  "{'name':'tree','type':{'type':'record','name':'Tree','fields':["
                      + "{'name':'label','type':['string','bytes','null']},"
                      + "{'name':'twigs','type':{'type':'array','items':'Tree'}},"
                      + "{'name':'by_name','type':{'type':'map','values':['float','double']}}]}},"
                      + "{'name':'a_boolean','type':'boolean'}")
              .replace("'symbols':['RED','GREEN','BLUE']", "'symbols':['BLUE','RED','GREEN']")
              .replace("{'name':'maybe','type':['null','long'],'default':null},", "")
              .replace("['null','int','long']", "'int'")
              .replace("['string','null'],'default':''", "'string'"));

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final RandomRecords records = new RandomRecords(seed);
  private final AvroRowDecoder decoder = new AvroRowDecoder(Values.source(READER, EVOLVED));

  @BeforeEach
  void printSeed() {
    System.out.println("seed " + seed);
  }

  @Test
  void shouldReadWhatAvroReads() throws Exception {
    for (Schema writer : new Schema[] {READER, EVOLVED}) {
      for (int i = 0; i < 700; i++) {
        assertReadsAsAvro(writer, Values.singleObject((GenericRecord) records.value(writer)));
      }
    }
  }

  private void assertReadsAsAvro(Schema writer, byte[] value) throws Exception {
    StructType type = AvroTypes.rowType(READER);
    GenericRecord expected = avro(writer, value);

    InternalRow row = decoder.decode(value, 0, 0, 0);

    assertThat(PlainValues.ofRow(row, type, READER.getFields().size()))
        .isEqualTo(PlainValues.ofAvro(expected, READER));
  }

  private static GenericRecord avro(Schema writer, byte[] value) throws IOException {
    int from = WireFormat.SINGLE_OBJECT_HEADER;
    return new GenericDatumReader<GenericRecord>(writer, READER, new GenericData())
        .read(null, DecoderFactory.get().binaryDecoder(value, from, value.length - from, null));
  }

  @Test
  void shouldRejectOrReadAnyDamagedRecord() {
    UnsafeProjection bytes = UnsafeProjection$.MODULE$.create(AvroTypes.rowType(READER));
    int read = 0;
    int rejected = 0;
    for (int i = 0; i < 8_000; i++) {
      Schema writer = random.nextBoolean() ? READER : EVOLVED;
      byte[] good = Values.singleObject((GenericRecord) records.value(writer));
      byte[] value = records.damaged(good);
      try {
        // Copying it looks at every part of the row.
        bytes.apply(decoder.decode(value, 0, 0, 0));
        read++;
      } catch (RejectedRecordException e) {
        assertThat(e.getMessage()).contains("found ");
        rejected++;
      }
    }
    assertThat(rejected).isGreaterThan(3_000);
    assertThat(read).isGreaterThan(200);
  }

  @Test
  void shouldRejectOrReadAnyBytesAfterAHeader() {
    for (Schema writer : new Schema[] {READER, EVOLVED}) {
      byte[] header = WireFormat.singleObjectHeader(writer);
      for (int i = 0; i < 50_000; i++) {
        byte[] value = new byte[header.length + random.nextInt(200)];
        random.nextBytes(value);
        if (random.nextBoolean()) {
          // Small numbers get deeper into the record than large ones.
          for (int k = 0; k < value.length; k++) {
            value[k] = (byte) (value[k] & 7);
          }
        }
        System.arraycopy(header, 0, value, 0, header.length);
        try {
          decoder.decode(value, 0, 0, 0);
        } catch (RejectedRecordException e) {
          assertThat(e.getMessage()).isNotBlank();
        }
      }
    }
  }

  @Test
  void shouldRejectEveryPrefixOfARecord() {
    for (int i = 0; i < 15; i++) {
      byte[] good = Values.singleObject(records.next());
      for (int length = 0; length < good.length; length++) {
        byte[] prefix = Arrays.copyOf(good, length);
        assertThat(rejection(prefix)).as("prefix of %d bytes", length).isNotNull();
      }
      assertThat(rejection(good)).isNull();
    }
  }

  private String rejection(byte[] value) {
    try {
      decoder.decode(value, 0, 0, 0);
      return null;
    } catch (RejectedRecordException e) {
      return e.getMessage();
    }
  }
}
