package io.millrace.system.container;

import io.millrace.system.CheckedView;
import io.millrace.system.TopicTail;
import io.millrace.testkit.oracle.Accumulator;
import io.millrace.testkit.oracle.EventLog;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Supplier;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;

/**
 * An order of {@code examples/shop}, and what its view {@code sales_by_hour} must say of orders.
 */
record ShopOrder(boolean paid, String country, Instant at, long quantity, BigDecimal amount) {
  static TopicTail<ShopOrder> tail(String bootstrapServers, Path shop) throws IOException {
    Schema schema = new Schema.Parser().parse(shop.resolve("order.avsc").toFile());
    return new TopicTail<>(bootstrapServers, "shop.orders", schema, ShopOrder::of);
  }

  private static ShopOrder of(GenericRecord record) {
    ByteBuffer amount = ((ByteBuffer) record.get("amount")).duplicate();
    byte[] unscaled = new byte[amount.remaining()];
    amount.get(unscaled);
    return new ShopOrder(
        record.get("status").toString().equals("PAID"),
        record.get("country") == null ? null : record.get("country").toString(),
        Instant.ofEpochMilli((long) record.get("ordered_at")),
        (int) record.get("quantity"),
        new BigDecimal(new BigInteger(unscaled), 2));
  }

  static CheckedView<ShopOrder> salesByHour(EventLog<ShopOrder> log) {
    LinkedHashMap<String, Supplier<Accumulator<ShopOrder>>> aggregates = new LinkedHashMap<>();
    aggregates.put("orders", Accumulator.count());
    aggregates.put("items", Accumulator.sumLong(ShopOrder::quantity));
    aggregates.put("revenue", Accumulator.sum(ShopOrder::amount));
    aggregates.put("largest_order", Accumulator.max(ShopOrder::amount));
    return new CheckedView<>(
        "sales_by_hour",
        log,
        List.of("country", "hour"),
        order ->
            order.paid()
                ? List.of(Arrays.asList(order.country(), order.at().truncatedTo(ChronoUnit.HOURS)))
                : List.of(),
        aggregates,
        values -> true);
  }
}
