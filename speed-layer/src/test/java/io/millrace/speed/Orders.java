package io.millrace.speed;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.schemas.WireFormat;
import io.millrace.view.compile.ViewCompiler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** Orders in Avro: 10 categories, 20 regions, three hours of one day; two thirds are paid. */
record Orders(SourceDefinition source) {
  private static final long FIRST_MS = 1_767_225_600_000L;
  private static final int SPAN_MS = 3 * 3_600_000;
  private static final Schema SCHEMA =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Order", "fields": [
                {"name": "order_id", "type": "long"},
                {"name": "customer_id", "type": "long"},
                {"name": "category", "type": "string"},
                {"name": "region", "type": "string"},
                {"name": "status", "type": "string"},
                {"name": "quantity", "type": "int"},
                {"name": "amount", "type": "double"},
                {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
              """);

  static Orders on(String topic) {
    return new Orders(
        new SourceDefinition(
            "orders",
            Long.toHexString(SchemaNormalization.parsingFingerprint64(SCHEMA)),
            topic,
            ValueFormat.SINGLE_OBJECT,
            SCHEMA.toString(),
            List.of(SCHEMA.toString()),
            Optional.empty(),
            Map.of()));
  }

  public ViewDefinition view(String name, String sql) {
    return new ViewDefinition(
        name, ViewCompiler.version(name, sql, source), sql, source, "", Map.of());
  }

  /**
   * Filter, three group columns of which one is an hour's window, count, sum, average and maximum.
   */
  ViewDefinition byHour() {
    return view(
        "by_hour",
        """
        SELECT category, region, window(ordered_at, '1 hour') AS hour,
               count(*) AS orders, sum(amount) AS revenue, avg(quantity) AS quantity,
               max(amount) AS largest
        FROM orders WHERE status = 'PAID'
        GROUP BY category, region, window(ordered_at, '1 hour')
        """);
  }

  /**
   * @param quantity of whole pieces; the amount is twice as much
   */
  record Order(long id, int category, int region, boolean paid, int quantity, long orderedAtMs) {
    static Order random(Random random, long id) {
      return new Order(
          id,
          random.nextInt(10),
          random.nextInt(20),
          random.nextInt(3) > 0,
          1 + random.nextInt(9),
          FIRST_MS + random.nextInt(SPAN_MS));
    }

    /** What {@link #byHour} groups by, as one text. */
    String group() {
      return category + "/" + region + "/" + (orderedAtMs - FIRST_MS) / 3_600_000;
    }

    byte[] toBytes() {
      GenericRecord record = new GenericData.Record(SCHEMA);
      record.put("order_id", id);
      record.put("customer_id", id % 1_000);
      record.put("category", "category-" + category);
      record.put("region", "region-" + region);
      record.put("status", paid ? "PAID" : "CANCELLED");
      record.put("quantity", quantity);
      record.put("amount", quantity * 2.0);
      record.put("ordered_at", orderedAtMs);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(96);
      bytes.writeBytes(WireFormat.singleObjectHeader(SCHEMA));
      BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
      try {
        new GenericDatumWriter<GenericRecord>(SCHEMA).write(record, encoder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return bytes.toByteArray();
    }
  }
}
