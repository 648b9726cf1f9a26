package io.millrace.system.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageEncoder;

/** A made-up event. */
record Sale(String shop, int item, long amount, Instant at) {
  static final Schema SCHEMA =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Sale", "namespace": "chaos", "fields": [
                {"name": "shop", "type": "string"},
                {"name": "item", "type": "int"},
                {"name": "amount", "type": "long"},
                {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}""");

  private static final Instant FIRST = Instant.parse("2026-01-31T06:00:00Z");
  private static final long BETWEEN_MS = 250;

  /** Of the events of one seed, the one with this number; some come minutes late. */
  static Sale next(SplittableRandom random, long number) {
    long late = random.nextInt(20) == 0 ? random.nextLong(300_000) : 0;
    return new Sale(
        "shop-" + random.nextInt(5),
        random.nextInt(1 + random.nextInt(40)),
        random.nextLong(1, 10_000),
        FIRST.plusMillis(number * BETWEEN_MS - late));
  }

  /** The same at another time. */
  Sale later(Duration by) {
    return new Sale(shop, item, amount, at.plus(by));
  }

  static Sale of(GenericRecord record) {
    return new Sale(
        record.get("shop").toString(),
        (int) record.get("item"),
        (long) record.get("amount"),
        Instant.ofEpochMilli((long) record.get("at")));
  }

  /** In Avro's single-object encoding. */
  byte[] toBytes() {
    GenericData.Record record = new GenericData.Record(SCHEMA);
    record.put("shop", shop);
    record.put("item", item);
    record.put("amount", amount);
    record.put("at", at.toEpochMilli());
    try {
      ByteBuffer bytes = new BinaryMessageEncoder<>(new GenericData(), SCHEMA).encode(record);
      byte[] value = new byte[bytes.remaining()];
      bytes.get(value);
      return value;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
