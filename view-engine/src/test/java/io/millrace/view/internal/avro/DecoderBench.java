package io.millrace.view.internal.avro;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/**
 * Records per CPU-second of one thread, beside Avro's own generic reader in the same run. Not a
 * test: run its {@code main}. CPU time is counted, so that other work on the machine matters
 * little.
 */
public final class DecoderBench {
  private static final Schema ORDER =
      Values.schema(
          """
          {'type':'record','name':'Order','namespace':'shop','fields':[
            {'name':'id','type':'long'},
            {'name':'customer_id','type':'long'},
            {'name':'category','type':['null','string'],'default':null},
            {'name':'status','type':{'type':'enum','name':'Status','symbols':['PAID','OPEN']}},
            {'name':'country','type':'string'},
            {'name':'amount','type':{'type':'bytes','logicalType':'decimal','precision':12,'scale':2}},
            {'name':'quantity','type':'int'},
            {'name':'ordered_at','type':{'type':'long','logicalType':'timestamp-millis'}}]}
          """);
  private static final int RECORDS = 100_000;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private DecoderBench() {}

  /** One way to read all values. */
  @FunctionalInterface
  private interface Reading {
    long readAll(List<byte[]> values) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    List<byte[]> values = values();
    for (int round = 0; round < 8; round++) {
      System.out.printf(
          "round %d: Avro generic %.2f M/s, millrace %.2f M/s%n",
          round, rate(DecoderBench::generic, values), rate(DecoderBench::rows, values));
    }
  }

  private static double rate(Reading reading, List<byte[]> values) throws Exception {
    long start = THREADS.getCurrentThreadCpuTime();
    long read = 0;
    for (int i = 0; i < 10; i++) {
      read += reading.readAll(values);
    }
    return read * 1e3 / (THREADS.getCurrentThreadCpuTime() - start);
  }

  private static long rows(List<byte[]> values) throws Exception {
    AvroRowDecoder decoder = new AvroRowDecoder(Values.source(ORDER));
    long read = 0;
    for (byte[] value : values) {
      read += decoder.decode(value, 0, read, 0).isNullAt(0) ? 0 : 1;
    }
    return read;
  }

  private static long generic(List<byte[]> values) throws IOException {
    GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(ORDER);
    BinaryDecoder decoder = null;
    GenericRecord record = null;
    long read = 0;
    for (byte[] value : values) {
      decoder = DecoderFactory.get().binaryDecoder(value, 10, value.length - 10, decoder);
      record = reader.read(record, decoder);
      read += record.get(0) == null ? 0 : 1;
    }
    return read;
  }

  private static List<byte[]> values() {
    Random random = new Random(1);
    Schema status = ORDER.getField("status").schema();
    List<byte[]> values = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      values.add(
          Values.singleObject(
              Values.record(
                  ORDER,
                  "id",
                  (long) i,
                  "customer_id",
                  (long) random.nextInt(100_000),
                  "category",
                  i % 17 == 0 ? null : "category " + random.nextInt(50),
                  "status",
                  new org.apache.avro.generic.GenericData.EnumSymbol(
                      status, i % 4 == 0 ? "OPEN" : "PAID"),
                  "country",
                  "Country " + random.nextInt(30),
                  "amount",
                  ByteBuffer.wrap(new byte[] {1, (byte) i, (byte) (i >> 8)}),
                  "quantity",
                  random.nextInt(20),
                  "ordered_at",
                  1_700_000_000_000L + i)));
    }
    return values;
  }
}
