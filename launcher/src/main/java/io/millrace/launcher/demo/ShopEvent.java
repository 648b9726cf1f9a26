package io.millrace.launcher.demo;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/** Something that happened in the shop. */
sealed interface ShopEvent {
  /** The source that it goes to. */
  String source();

  /** What decides its partition. */
  String key();

  /** An order, or a later change of one: then with the same {@code orderId}. */
  record Order(
      String orderId,
      Optional<Long> customer,
      String category,
      String product,
      int quantity,
      BigDecimal unitPrice,
      String status,
      Instant orderedAt,
      Optional<String> country,
      Optional<String> voucher)
      implements ShopEvent {
    @Override
    public String source() {
      return "orders";
    }

    @Override
    public String key() {
      return orderId;
    }

    BigDecimal amount() {
      return unitPrice.multiply(BigDecimal.valueOf(quantity));
    }

    Order withStatus(String changed) {
      return new Order(
          orderId, customer, category, product, quantity, unitPrice, changed, orderedAt, country,
          voucher);
    }
  }

  /** A payment by card; no terminal: online. */
  record Payment(
      String paymentId,
      String card,
      Optional<Integer> terminal,
      BigDecimal amount,
      boolean declined,
      Instant paidAt)
      implements ShopEvent {
    @Override
    public String source() {
      return "payments";
    }

    @Override
    public String key() {
      return card;
    }
  }

  /** A look at an item. */
  record Click(long session, String item, Optional<String> referrer, Instant clickedAt)
      implements ShopEvent {
    @Override
    public String source() {
      return "clicks";
    }

    @Override
    public String key() {
      return Long.toString(session);
    }
  }
}
