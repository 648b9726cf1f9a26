package io.millrace.launcher.demo;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/** Events as Avro records of the schemas in {@code examples/shop}. Stateless. */
final class ShopRecords {
  private ShopRecords() {}

  static GenericData.Record of(Schema schema, ShopEvent event) {
    GenericData.Record made = new GenericData.Record(schema);
    if (event instanceof ShopEvent.Order order) {
      made.put("order_id", order.orderId());
      made.put("customer_id", order.customer().orElse(null));
      made.put("category", order.category());
      made.put("product", order.product());
      made.put("quantity", order.quantity());
      made.put("unit_price", decimal(order.unitPrice()));
      made.put("amount", decimal(order.amount()));
      made.put(
          "status", new GenericData.EnumSymbol(schema.getField("status").schema(), order.status()));
      made.put("ordered_at", order.orderedAt().toEpochMilli());
      made.put("country", order.country().orElse(null));
      made.put("voucher", order.voucher().orElse(null));
    } else if (event instanceof ShopEvent.Payment payment) {
      made.put("payment_id", payment.paymentId());
      made.put("card_id", payment.card());
      made.put("terminal_id", payment.terminal().orElse(null));
      made.put("amount", decimal(payment.amount()));
      made.put("declined", payment.declined());
      made.put("paid_at", payment.paidAt().toEpochMilli());
    } else if (event instanceof ShopEvent.Click click) {
      made.put("session_id", click.session());
      made.put("item_id", click.item());
      made.put("referrer", click.referrer().orElse(null));
      made.put("clicked_at", click.clickedAt().toEpochMilli());
    }
    return made;
  }

  private static ByteBuffer decimal(BigDecimal number) {
    return ByteBuffer.wrap(number.setScale(2).unscaledValue().toByteArray());
  }
}
