package io.millrace.producer;

import io.millrace.control.model.SourcePosition;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;

/** The example of {@code docs/guide/producing.md}. */
final class GuideExample {
  private GuideExample() {}

  /** Returns the position of the order. */
  static String order(Map<String, String> settings) {
    // begin
    try (MillraceProducer orders = MillraceProducer.connect(settings, "orders")) {
      Map<String, Object> order =
          Map.of("country", "DE", "amount", new BigDecimal("9.50"), "ordered_at", Instant.now());
      SourcePosition position = orders.send(order, "customer-7").toCompletableFuture().join();
      return position.toString();
    }
    // end
  }
}
